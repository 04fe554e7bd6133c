#include "pg/test_point.hpp"

#ifdef VECTIDX_TEST_POINTS

#include <cstdlib>
#include <cstring>

namespace vectidx {

namespace {

char* g_points;
long g_passed;  // times that the backend came to a point of the setting

extern "C" {
static void assign_points(const char*, void*) {
    g_passed = 0;
}
}

// The text behind "NAME=" in the setting, or nullptr.
const char* action_at(const char* name) {
    const size_t length = strlen(name);
    for (const char* at = g_points; (at = strstr(at, name)) != nullptr; at += length)
        if (at[length] == '=' && (at == g_points || at[-1] == ' ' || at[-1] == ','))
            return at + length + 1;
    return nullptr;
}

void wait_for(long key) {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<uint32>(static_cast<uint64>(key) >> 32),
                         static_cast<uint32>(key), 1);
    (void)LockAcquire(&tag, ShareLock, false, false);
    LockRelease(&tag, ShareLock, false);
}

}  // namespace

void define_test_points() {
    DefineCustomStringVariable("vectidx.test_points", "Sets what happens at test points.",
                               "NAME=ACTION:NUMBER, ...", &g_points, "", PGC_SUSET, 0, nullptr,
                               assign_points, nullptr);
}

void test_point(const char* name) {
    if (g_points == nullptr || *g_points == '\0') return;
    const char* action = action_at(name);
    const char* colon = action != nullptr ? strchr(action, ':') : nullptr;
    if (colon == nullptr) return;
    const long number = strtol(colon + 1, nullptr, 10);
    if (strncmp(action, "wait:", 5) == 0) return wait_for(number);
    if (strncmp(action, "notice:", 7) == 0) ereport(NOTICE, (errmsg("test point \"%s\"", name)));
    if (++g_passed != number) return;
    if (strncmp(action, "kill:", 5) == 0) {
        ereport(LOG, (errmsg("test point \"%s\": killed", name)));
        kill(MyProcPid, SIGKILL);
    }
    if (strncmp(action, "panic:", 6) == 0) elog(PANIC, "test point \"%s\"", name);
    if (strncmp(action, "error:", 6) == 0) elog(ERROR, "test point \"%s\"", name);
}

}  // namespace vectidx

#endif
