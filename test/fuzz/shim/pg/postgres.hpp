// Stands in for src/pg/postgres.hpp: the few things of PostgreSQL that input functions and options
// use, so that they run in a fuzzer. An error leaves by longjmp, as in the server, and its message
// is formatted, so that AddressSanitizer sees what it reads.
#pragma once

#include <cinttypes>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <setjmp.h>
#include <utility>

using int16 = int16_t;
using int32 = int32_t;
using int64 = int64_t;
using uint16 = uint16_t;
using uint32 = uint32_t;
using bits32 = uint32_t;
using float8 = double;
using Size = size_t;
using Datum = uintptr_t;
using Oid = unsigned;
using LOCKMODE = int;
// The context of an input function: an errsave() ends up here.
struct Node {
    bool has_error;
};
struct bytea {
    int32 vl_len_;
};
struct ArrayType;
using amoptions_function = bytea* (*)(Datum, bool);
struct IndexAmRoutine {
    amoptions_function amoptions;
};
struct FormData_pg_class {
    float reltuples;
};
struct RelationData {
    bytea* rd_options;
    const IndexAmRoutine* rd_indam;
    const FormData_pg_class* rd_rel;
};
using Relation = RelationData*;

#define FLEXIBLE_ARRAY_MEMBER
#define Assert(condition) ((void)(condition))
#define lengthof(array) (sizeof(array) / sizeof((array)[0]))
#define INT64_FORMAT "%" PRId64

// --- memory and errors
void* palloc(Size bytes);
char* pnstrdup(const char* text, Size length);
char* psprintf(const char* format, ...) __attribute__((format(printf, 1, 2)));
inline void pfree(void*) {}

[[noreturn]] void fuzz_raise();
int fuzz_message(const char* format, ...) __attribute__((format(printf, 1, 2)));
#define errmsg fuzz_message
#define errdetail fuzz_message
#define errdetail_internal fuzz_message
#define errhint fuzz_message
inline int errcode(int) {
    return 0;
}
#define ERROR 21
#define LOG 15
#define ereport(level, ...)  \
    do {                     \
        (void)(__VA_ARGS__); \
        fuzz_raise();        \
    } while (0)
#define errsave(context, ...)            \
    do {                                 \
        Node* to = (context);            \
        (void)(__VA_ARGS__);             \
        if (to == nullptr) fuzz_raise(); \
        to->has_error = true;            \
    } while (0)
enum {
    ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
    ERRCODE_INVALID_TEXT_REPRESENTATION,
    ERRCODE_INVALID_BINARY_REPRESENTATION,
    ERRCODE_INVALID_PARAMETER_VALUE,
    ERRCODE_DATA_EXCEPTION,
    ERRCODE_DATA_CORRUPTED,
    ERRCODE_PROGRAM_LIMIT_EXCEEDED,
};

// --- data, not toasted
#define VARHDRSZ 4
#define SET_VARSIZE(pointer, size) \
    (*reinterpret_cast<uint32*>(pointer) = static_cast<uint32>(size) << 2)
#define VARSIZE(pointer) (*reinterpret_cast<const uint32*>(pointer) >> 2)
#define VARDATA(pointer) (reinterpret_cast<char*>(pointer) + VARHDRSZ)
#define PG_DETOAST_DATUM(datum) reinterpret_cast<void*>(datum)
#define PG_DETOAST_DATUM_SLICE(datum, from, count) \
    ((void)(from), (void)(count), reinterpret_cast<void*>(datum))
inline Datum PointerGetDatum(const void* pointer) {
    return reinterpret_cast<Datum>(pointer);
}
inline Datum Int32GetDatum(int32 value) {
    return static_cast<Datum>(value);
}

// --- functions
struct FunctionCall {
    Node* context;
    Datum args[3];
};
using FunctionCallInfo = FunctionCall*;
#define PG_GETARG_DATUM(n) (fcinfo->args[n])
#define PG_GETARG_POINTER(n) reinterpret_cast<void*>(fcinfo->args[n])
#define PG_GETARG_CSTRING(n) reinterpret_cast<const char*>(fcinfo->args[n])
#define PG_GETARG_INT32(n) static_cast<int32>(fcinfo->args[n])
#define PG_GETARG_ARRAYTYPE_P(n) reinterpret_cast<ArrayType*>(fcinfo->args[n])
#define PG_RETURN_POINTER(pointer) return PointerGetDatum(pointer)
#define PG_RETURN_CSTRING(text) return PointerGetDatum(text)
#define PG_RETURN_BYTEA_P(pointer) return PointerGetDatum(pointer)
#define PG_RETURN_INT32(value) return static_cast<Datum>(value)
#define VECTIDX_FUNCTION(name)               \
    extern "C" Datum name(FunctionCallInfo); \
    extern "C" Datum name([[maybe_unused]] FunctionCallInfo fcinfo)

// --- text and messages
struct StringInfoData {
    char* data;
    int len;
    int cursor;
};
using StringInfo = StringInfoData*;
uint32 pq_getmsgint(StringInfo message, int bytes);
const char* pq_getmsgbytes(StringInfo message, int bytes);
int32* ArrayGetIntegerTypmods(ArrayType* array, int* count);
inline int pg_mbcliplen(const char*, int length, int limit) {
    return length < limit ? length : limit;
}
inline int pg_mbstrlen_with_len(const char*, int length) {
    return length;
}
#define FLOAT_SHORTEST_DECIMAL_LEN 16
int float_to_shortest_decimal_bufn(float value, char* out);
int float_to_shortest_decimal_buf(float value, char* out);
int pg_ltoa(int32 value, char* out);
inline uint32 pg_ntoh32(uint32 value) {
    return __builtin_bswap32(value);
}
#define pg_hton32 pg_ntoh32
inline uint16 pg_ntoh16(uint16 value) {
    return __builtin_bswap16(value);
}
#define pg_hton16 pg_ntoh16

// --- settings and options of an index
enum GucContext { PGC_USERSET };
enum GucSource {
    PGC_S_DEFAULT,
    PGC_S_DYNAMIC_DEFAULT,
    PGC_S_ENV_VAR,
    PGC_S_FILE,
    PGC_S_ARGV,
    PGC_S_GLOBAL,
    PGC_S_DATABASE,
    PGC_S_USER,
    PGC_S_DATABASE_USER,
    PGC_S_CLIENT,
    PGC_S_OVERRIDE,
    PGC_S_INTERACTIVE,
    PGC_S_TEST,
    PGC_S_SESSION
};
using GucIntCheckHook = bool (*)(int*, void**, GucSource);
using GucRealCheckHook = bool (*)(double*, void**, GucSource);
struct config_enum_entry {
    const char* name;
    int val;
    bool hidden;
};
void DefineCustomIntVariable(const char* name, const char*, const char*, int* variable, int boot,
                             int least, int most, GucContext, int, GucIntCheckHook check,
                             void (*assign)(int, void*), const char* (*show)());
void DefineCustomRealVariable(const char* name, const char*, const char*, double* variable,
                              double boot, double least, double most, GucContext, int,
                              GucRealCheckHook check, void (*assign)(double, void*),
                              const char* (*show)());
inline void DefineCustomBoolVariable(const char*, const char*, const char*, bool* variable,
                                     bool boot, GucContext, int, void*, void*, void*) {
    *variable = boot;
}
inline void DefineCustomEnumVariable(const char*, const char*, const char*, int* variable, int boot,
                                     const config_enum_entry*, GucContext, int, void*, void*,
                                     void*) {
    *variable = boot;
}
// No other library has defined anything, and none of pgvector is installed.
#define GUC_CUSTOM_PLACEHOLDER 1
#define GUC_EXPLAIN 2
inline const char* GetConfigOption(const char*, bool, bool) {
    return nullptr;
}
inline int GetConfigOptionFlags(const char*, bool) {
    return 0;
}
#define MAXPGPATH 1024
#define DLSUFFIX ".so"
inline constexpr char pkglib_path[] = "";
#define PG_VERSION_NUM 160000
inline void MarkGUCPrefixReserved(const char*) {}
inline void* guc_malloc(int, size_t bytes) {
    return palloc(bytes);
}
inline int maintenance_work_mem = 65536, autovacuum_work_mem = -1;  // kB
inline bool fuzz_autovacuum = false;
inline bool IsAutoVacuumWorkerProcess() {
    return fuzz_autovacuum;
}
#define ShareUpdateExclusiveLock 4
#define AccessExclusiveLock 8
using relopt_kind = bits32;  // one bit each
enum relopt_type { RELOPT_TYPE_BOOL, RELOPT_TYPE_INT, RELOPT_TYPE_REAL, RELOPT_TYPE_ENUM };
struct relopt_enum_elt_def {
    const char* string_val;
    int symbol_val;
};
struct relopt_parse_elt {
    const char* optname;
    relopt_type opttype;
    int offset;
};
relopt_kind add_reloption_kind();
void add_bool_reloption(bits32 kinds, const char* name, const char*, bool initial, LOCKMODE);
void add_int_reloption(bits32 kinds, const char* name, const char*, int initial, int least,
                       int most, LOCKMODE);
void add_real_reloption(bits32 kinds, const char* name, const char*, double initial, double least,
                        double most, LOCKMODE);
void add_enum_reloption(bits32 kinds, const char* name, const char*, relopt_enum_elt_def* members,
                        int initial, const char*, LOCKMODE);
// `reloptions` is a text of name=value lines. As in the server, an option of another kind is
// unknown, and a field of the table that the kind has no option for stays 0.
void* build_reloptions(Datum reloptions, bool validate, relopt_kind kind, Size size,
                       const relopt_parse_elt* table, int count);
