#include "report/environment.hpp"

#include <ctime>
#include <fstream>
#include <sstream>
#include <sys/utsname.h>
#include <thread>

namespace bench {

namespace {

// The value of the first "key : value" line of a file in /proc.
std::string proc_value(const std::string& file, const std::string& key) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(key)) continue;
        const size_t colon = line.find(':');
        const size_t start = line.find_first_not_of(" \t", colon + 1);
        if (colon != std::string::npos && start != std::string::npos) return line.substr(start);
    }
    return "unknown";
}

double ram_gib() {
    std::istringstream in(proc_value("/proc/meminfo", "MemTotal"));
    double kib = 0.0;
    in >> kib;
    return kib / (1024.0 * 1024.0);
}

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    char text[32];
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
    return text;
}

}  // namespace

Environment describe_environment(Connection& admin) {
    Environment environment;
    environment.started = utc_now();
    environment.cpu = proc_value("/proc/cpuinfo", "model name");
    environment.cores = std::thread::hardware_concurrency();
    environment.ram_gib = ram_gib();
    utsname system;
    if (uname(&system) == 0) {
        environment.kernel = std::string(system.sysname) + " " + system.release;
    }
    environment.compiler = __VERSION__;
#ifdef BENCH_NATIVE
    environment.native_reference = true;
#endif
    environment.postgresql = admin.value("SHOW server_version");
    const Result rows = admin.run(
        "SELECT name, current_setting(name) FROM pg_settings WHERE name IN "
        "('shared_buffers', 'effective_cache_size', 'work_mem', 'fsync', 'full_page_writes', "
        "'wal_level', 'wal_compression', 'max_wal_size', 'checkpoint_timeout', 'data_checksums', "
        "'block_size', 'autovacuum', 'huge_pages', 'max_worker_processes')");
    for (int i = 0; i < PQntuples(rows.get()); ++i) {
        environment.settings[PQgetvalue(rows.get(), i, 0)] = PQgetvalue(rows.get(), i, 1);
    }
    return environment;
}

}  // namespace bench
