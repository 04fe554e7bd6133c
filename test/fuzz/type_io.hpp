// Text and binary input of a vector type: what is accepted comes back as the same value, in both
// forms. An input begins with a byte of flags:
//   0, 1        what is read: 0 text, 1 binary, 2 and 3 a type modifier
//   2           the next byte is the type modifier that the input is for
//   3           text is read with a context for its errors, as COPY (ON_ERROR ignore) does
#pragma once

#include <memory>

#include "input.hpp"
#include "server.hpp"

namespace vectidx::fuzz {

using SqlFunction = Datum (*)(FunctionCallInfo);

// The functions of one type.
struct TypeIo {
    SqlFunction in, out, recv, send, typmod_in;
    int32 most_dim;
    // What must hold for any value; returns its number of dimensions.
    int32 (*check)(const void* value);
};

inline Datum call(SqlFunction function, const void* argument, int32 typmod = -1,
                  Node* context = nullptr) {
    FunctionCall call{context, {PointerGetDatum(argument), 0, static_cast<Datum>(typmod)}};
    return function(&call);
}

inline Datum receive(const TypeIo& type, char* bytes, size_t size, int32 typmod) {
    StringInfoData message{bytes, static_cast<int>(size), 0};
    return call(type.recv, &message, typmod);
}

inline void require_same(const void* value, Datum other) {
    const void* b = reinterpret_cast<const void*>(other);
    require(VARSIZE(value) == VARSIZE(b) && std::memcmp(value, b, VARSIZE(value)) == 0);
}

// Through both forms, and the same again. An error of its own does not leave: it is a fault.
inline void check(const TypeIo& type, Datum datum, int32 typmod) {
    const void* value = reinterpret_cast<const void*>(datum);
    const int32 dim = type.check(value);
    require(dim >= 1 && dim <= type.most_dim && (typmod == -1 || dim == typmod));
    const bool back = without_error([&] {
        const Datum text = call(type.out, value);
        require_same(value, call(type.in, reinterpret_cast<const void*>(text), dim));
        auto* sent = reinterpret_cast<bytea*>(call(type.send, value));
        require_same(value, receive(type, VARDATA(sent), VARSIZE(sent) - VARHDRSZ, dim));
    });
    require(back);
}

inline void read_text(const TypeIo& type, const char* text, int32 typmod, Node* context) {
    Datum value = 0;
    const bool ok = without_error([&] { value = call(type.in, text, typmod, context); });
    // With a context an error is a value, and there is either that or a vector.
    if (context != nullptr) require(ok && context->has_error == (value == 0));
    if (value != 0) check(type, value, typmod);
}

inline void read_typmod(const TypeIo& type, Input& input) {
    const int32 typmods[] = {input.take<uint8_t>() % 3, input.take<int32>(), 0, 0};
    Datum typmod = 0;
    if (without_error([&] { typmod = call(type.typmod_in, typmods); }))
        require(static_cast<int32>(typmod) >= 1 && static_cast<int32>(typmod) <= type.most_dim);
}

inline int read_type(const TypeIo& type, const uint8_t* data, size_t size) {
    Input input(data, size);
    const uint8_t flags = input.take<uint8_t>();
    const int32 typmod = (flags & 4) != 0 ? input.take<uint8_t>() : -1;
    if ((flags & 2) != 0) {
        read_typmod(type, input);
    } else {
        // A block of the exact size, for AddressSanitizer.
        const bool binary = (flags & 1) != 0;
        const size_t length = input.left();
        const std::unique_ptr<char[]> bytes(new char[length + (binary ? 0 : 1)]());
        input.take_bytes(bytes.get(), length);
        Node context{false};
        Datum value = 0;
        if (!binary)
            read_text(type, bytes.get(), typmod, (flags & 8) != 0 ? &context : nullptr);
        else if (without_error([&] { value = receive(type, bytes.get(), length, typmod); }))
            check(type, value, typmod);
    }
    free_all();
    return 0;
}

}  // namespace vectidx::fuzz

// The fuzzer of the type `name`, whose values check(const void*) looks at.
#define FUZZ_TYPE(name, most_dim, check)                                          \
    extern "C" Datum vectidx_##name##_in(FunctionCallInfo);                       \
    extern "C" Datum vectidx_##name##_out(FunctionCallInfo);                      \
    extern "C" Datum vectidx_##name##_recv(FunctionCallInfo);                     \
    extern "C" Datum vectidx_##name##_send(FunctionCallInfo);                     \
    extern "C" Datum vectidx_##name##_typmod_in(FunctionCallInfo);                \
    extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {     \
        return vectidx::fuzz::read_type(                                          \
            {vectidx_##name##_in, vectidx_##name##_out, vectidx_##name##_recv,    \
             vectidx_##name##_send, vectidx_##name##_typmod_in, most_dim, check}, \
            data, size);                                                          \
    }
