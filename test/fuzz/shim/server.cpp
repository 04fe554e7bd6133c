#include "server.hpp"

#include <charconv>
#include <string>
#include <vector>

namespace vectidx::fuzz {

sigjmp_buf g_error;

namespace {

std::vector<void*> g_blocks;

struct Setting {
    int* number;
    double* real;
    double least, most;
    GucIntCheckHook check_int;
    GucRealCheckHook check_real;
    void (*assign_int)(int, void*);
    void (*assign_real)(double, void*);
};
std::vector<Setting> g_settings;

struct Option {
    std::string name;
    bits32 kinds;
    relopt_type type;
    double initial, least, most;
    const relopt_enum_elt_def* members;
};
std::vector<Option> g_options;

// The value of a text, as PostgreSQL's parse_one_reloption() takes it.
double parse(const Option& option, const char* text) {
    if (option.type == RELOPT_TYPE_ENUM) {
        for (const relopt_enum_elt_def* m = option.members; m->string_val != nullptr; ++m)
            if (std::strcmp(text, m->string_val) == 0) return m->symbol_val;
        fuzz_raise();
    }
    if (option.type == RELOPT_TYPE_BOOL) {
        if (std::strcmp(text, "on") == 0 || std::strcmp(text, "true") == 0) return 1;
        if (std::strcmp(text, "off") == 0 || std::strcmp(text, "false") == 0) return 0;
        fuzz_raise();
    }
    char* end;
    const double value = option.type == RELOPT_TYPE_INT
                             ? static_cast<double>(std::strtol(text, &end, 10))
                             : std::strtod(text, &end);
    if (end == text || *end != '\0') fuzz_raise();
    if (!(value >= option.least && value <= option.most)) fuzz_raise();
    return value;
}

void store(char* at, relopt_type type, double value) {
    const int number = static_cast<int>(value);
    if (type == RELOPT_TYPE_BOOL)
        *at = static_cast<char>(number);
    else if (type == RELOPT_TYPE_REAL)
        std::memcpy(at, &value, sizeof(value));
    else
        std::memcpy(at, &number, sizeof(number));
}

// The option of this name and kind, or nullptr.
const Option* find_option(const char* name, relopt_kind kind) {
    for (const Option& option : g_options)
        if ((option.kinds & kind) != 0 && option.name == name) return &option;
    return nullptr;
}

}  // namespace

void free_all() {
    for (void* block : g_blocks)
        std::free(block);
    g_blocks.clear();
}

void set_setting(uint32_t number, uint64_t value, GucSource source) {
    const Setting& s = g_settings[number % g_settings.size()];
    void* extra = nullptr;
    if (s.number != nullptr) {
        const auto span = static_cast<uint64_t>(s.most - s.least) + 1;
        *s.number = static_cast<int>(s.least + static_cast<double>(value % span));
        if (s.check_int != nullptr) s.check_int(s.number, &extra, source);
        if (s.assign_int != nullptr) s.assign_int(*s.number, extra);
    } else {
        *s.real = s.least + (s.most - s.least) * static_cast<double>(value % 1001) / 1000;
        if (s.check_real != nullptr) s.check_real(s.real, &extra, source);
        if (s.assign_real != nullptr) s.assign_real(*s.real, extra);
    }
}

}  // namespace vectidx::fuzz

using namespace vectidx::fuzz;

void* palloc(Size bytes) {
    void* block = std::malloc(bytes > 0 ? bytes : 1);
    if (block == nullptr) std::abort();
    g_blocks.push_back(block);
    return block;
}

char* pnstrdup(const char* text, Size length) {
    const Size size = strnlen(text, length);
    auto* copy = static_cast<char*>(palloc(size + 1));
    std::memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char* psprintf(const char* format, ...) {
    auto* text = static_cast<char*>(palloc(1000));
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, 1000, format, args);
    va_end(args);
    return text;
}

int fuzz_message(const char* format, ...) {
    char text[1000];
    va_list args;
    va_start(args, format);
    std::vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return text[0];
}

void fuzz_raise() {
    siglongjmp(g_error, 1);
}

const char* pq_getmsgbytes(StringInfo message, int bytes) {
    if (bytes < 0 || bytes > message->len - message->cursor) fuzz_raise();
    const char* at = message->data + message->cursor;
    message->cursor += bytes;
    return at;
}

uint32 pq_getmsgint(StringInfo message, int bytes) {
    const char* at = pq_getmsgbytes(message, bytes);
    uint32 value = 0;
    for (int i = 0; i < bytes; ++i)
        value = value << 8 | static_cast<unsigned char>(at[i]);
    return value;
}

// The fuzzer passes the type modifiers as they are: a count, and so many numbers.
int32* ArrayGetIntegerTypmods(ArrayType* array, int* count) {
    auto* numbers = reinterpret_cast<int32*>(array);
    *count = numbers[0];
    return numbers + 1;
}

int float_to_shortest_decimal_bufn(float value, char* out) {
    return static_cast<int>(std::to_chars(out, out + FLOAT_SHORTEST_DECIMAL_LEN - 1, value).ptr -
                            out);
}

int float_to_shortest_decimal_buf(float value, char* out) {
    const int length = float_to_shortest_decimal_bufn(value, out);
    out[length] = '\0';
    return length;
}

int pg_ltoa(int32 value, char* out) {
    char* end = std::to_chars(out, out + 11, value).ptr;
    *end = '\0';
    return static_cast<int>(end - out);
}

void DefineCustomIntVariable(const char*, const char*, const char*, int* variable, int boot,
                             int least, int most, GucContext, int, GucIntCheckHook check,
                             void (*assign)(int, void*), const char* (*)()) {
    *variable = boot;
    g_settings.push_back({variable, nullptr, static_cast<double>(least), static_cast<double>(most),
                          check, nullptr, assign, nullptr});
}

void DefineCustomRealVariable(const char*, const char*, const char*, double* variable, double boot,
                              double least, double most, GucContext, int, GucRealCheckHook check,
                              void (*assign)(double, void*), const char* (*)()) {
    *variable = boot;
    g_settings.push_back({nullptr, variable, least, most, nullptr, check, nullptr, assign});
}

relopt_kind add_reloption_kind() {
    static relopt_kind kinds = 0;
    return 1u << kinds++;
}

void add_bool_reloption(bits32 kinds, const char* name, const char*, bool initial, LOCKMODE) {
    g_options.push_back({name, kinds, RELOPT_TYPE_BOOL, initial ? 1.0 : 0.0, 0, 1, nullptr});
}

void add_int_reloption(bits32 kinds, const char* name, const char*, int initial, int least,
                       int most, LOCKMODE) {
    g_options.push_back({name, kinds, RELOPT_TYPE_INT, static_cast<double>(initial),
                         static_cast<double>(least), static_cast<double>(most), nullptr});
}

void add_real_reloption(bits32 kinds, const char* name, const char*, double initial, double least,
                        double most, LOCKMODE) {
    g_options.push_back({name, kinds, RELOPT_TYPE_REAL, initial, least, most, nullptr});
}

void add_enum_reloption(bits32 kinds, const char* name, const char*, relopt_enum_elt_def* members,
                        int initial, const char*, LOCKMODE) {
    g_options.push_back(
        {name, kinds, RELOPT_TYPE_ENUM, static_cast<double>(initial), 0, 0, members});
}

void* build_reloptions(Datum reloptions, bool, relopt_kind kind, Size size,
                       const relopt_parse_elt* table, int count) {
    auto* out = static_cast<char*>(palloc(size));
    std::memset(out, 0, size);
    for (int i = 0; i < count; ++i)
        if (const Option* option = find_option(table[i].optname, kind))
            store(out + table[i].offset, option->type, option->initial);
    // Nothing here has a destructor: an error jumps over it.
    const char* at = reinterpret_cast<const char*>(reloptions);
    while (*at != '\0') {
        const size_t length = std::strcspn(at, "\n");
        char* name = pnstrdup(at, length);
        char* value = std::strchr(name, '=');
        if (value == nullptr) fuzz_raise();
        *value++ = '\0';
        const Option* option = find_option(name, kind);
        if (option == nullptr) fuzz_raise();
        for (int i = 0; i < count; ++i)
            if (option->name == table[i].optname)
                store(out + table[i].offset, table[i].opttype, parse(*option, value));
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    return out;
}
