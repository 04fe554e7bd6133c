// Text and binary input of vector: what is accepted comes back as the same value, in both forms.
#include <cmath>
#include <string>

#include "pg/types/vector.hpp"

#include "input.hpp"
#include "server.hpp"

extern "C" Datum vectidx_vector_in(FunctionCallInfo);
extern "C" Datum vectidx_vector_out(FunctionCallInfo);
extern "C" Datum vectidx_vector_recv(FunctionCallInfo);
extern "C" Datum vectidx_vector_send(FunctionCallInfo);
extern "C" Datum vectidx_vector_typmod_in(FunctionCallInfo);

namespace vectidx::fuzz {
namespace {

Datum call(Datum (*function)(FunctionCallInfo), const void* argument, int32 typmod = -1) {
    FunctionCall call{nullptr, {PointerGetDatum(argument), 0, static_cast<Datum>(typmod)}};
    return function(&call);
}

bool same(const Vector* a, const Vector* b) {
    return VARSIZE(a) == VARSIZE(b) && std::memcmp(a, b, VARSIZE(a)) == 0;
}

const Vector* receive(char* bytes, size_t size, int32 typmod) {
    StringInfoData message{bytes, static_cast<int>(size), 0};
    return reinterpret_cast<const Vector*>(call(vectidx_vector_recv, &message, typmod));
}

// Through both forms, and the same again. An error of its own does not leave: it is a fault.
void check(const Vector* vector) {
    const int dim = vector->dim;
    require(dim >= 1 && dim <= kVectorMaxDim && VARSIZE(vector) == vector_size(dim));
    for (int i = 0; i < dim; ++i)
        require(std::isfinite(vector->x[i]));
    const bool back = without_error([&] {
        const Datum text = call(vectidx_vector_out, vector);
        require(same(vector, reinterpret_cast<const Vector*>(call(
                                 vectidx_vector_in, reinterpret_cast<const char*>(text), dim))));
        auto* sent = reinterpret_cast<bytea*>(call(vectidx_vector_send, vector));
        require(same(vector, receive(VARDATA(sent), VARSIZE(sent) - VARHDRSZ, dim)));
    });
    require(back);
}

void run(const uint8_t* data, size_t size) {
    Input input(data, size);
    const uint8_t form = input.take<uint8_t>();
    const int32 typmod = (form & 4) != 0 ? input.take<uint8_t>() : -1;
    const Vector* vector = nullptr;
    // Blocks of their exact size.
    std::vector<char> bytes(input.left() + 1);
    const size_t length = input.left();
    input.take_bytes(bytes.data(), length);
    bytes[length] = '\0';
    if ((form & 3) == 0) {
        const bool ok = without_error([&] {
            vector = reinterpret_cast<const Vector*>(call(vectidx_vector_in, bytes.data(), typmod));
        });
        if (ok) check(vector);
    } else if ((form & 3) == 1) {
        bytes.resize(length);
        bytes.shrink_to_fit();
        const bool ok = without_error([&] { vector = receive(bytes.data(), length, typmod); });
        if (ok) check(vector);
    } else {
        Input numbers(reinterpret_cast<const uint8_t*>(bytes.data()), length);
        const int32 typmods[] = {numbers.take<uint8_t>() % 3, numbers.take<int32>(), 0, 0};
        Datum result = 0;
        if (without_error([&] { result = call(vectidx_vector_typmod_in, typmods); }))
            require(result >= 1 && result <= kVectorMaxDim);
    }
}

}  // namespace
}  // namespace vectidx::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    vectidx::fuzz::run(data, size);
    vectidx::fuzz::free_all();
    return 0;
}
