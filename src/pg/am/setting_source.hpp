// Settings that know where their values come from: what counts more is the larger GucSource.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

template <class T>
struct Setting {
    T value;
    GucSource source;

    // More than the built-in default.
    bool given() const { return source > PGC_S_DYNAMIC_DEFAULT; }
    // By a command, a function, a role or a database; not by the configuration file.
    bool is_set() const { return source >= PGC_S_GLOBAL; }
};

// The hooks of a setting. A check hook may tell its assign hook something in memory that guc.c
// frees: here, the source.
//   DefineCustomIntVariable(..., check_setting<int>, assign_setting<int, &g_setting>, nullptr)
template <class T>
bool check_setting(T*, void** extra, GucSource source) {
#if PG_VERSION_NUM >= 160000
    auto* kept = static_cast<GucSource*>(guc_malloc(LOG, sizeof(GucSource)));
#else
    auto* kept = static_cast<GucSource*>(malloc(sizeof(GucSource)));
#endif
    if (kept == nullptr) return false;
    *kept = source;
    *extra = kept;
    return true;
}

template <class T, Setting<T>* setting>
void assign_setting(T, void* extra) {
    setting->source = extra != nullptr ? *static_cast<GucSource*>(extra) : PGC_S_DEFAULT;
}

}  // namespace vectidx
