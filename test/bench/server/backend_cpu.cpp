#include "server/backend_cpu.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace bench {

namespace {

std::string proc_file(int pid, const char* name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

}  // namespace

BackendCpu::BackendCpu(const Connection& connection) {
    if (!connection.is_local()) return;
    const int pid = connection.backend_pid();
    std::string command;
    std::getline(std::ifstream(proc_file(pid, "comm")), command);
    if (command.starts_with("postgres")) pid_ = pid;
}

std::optional<double> BackendCpu::thread_seconds() const {
    if (pid_ == 0) return std::nullopt;
    std::ifstream in(proc_file(pid_, "schedstat"));
    double nanoseconds;
    if (!(in >> nanoseconds)) return std::nullopt;
    return nanoseconds * 1e-9;
}

std::optional<double> BackendCpu::process_seconds() const {
    if (pid_ == 0) return std::nullopt;
    std::string line;
    std::getline(std::ifstream(proc_file(pid_, "stat")), line);
    const size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    // After the name: state, then fields 4 to 13, then utime and stime.
    std::istringstream in(line.substr(name_end + 1));
    std::string skipped;
    for (int field = 3; field <= 13; ++field)
        in >> skipped;
    double user_ticks;
    double system_ticks;
    if (!(in >> user_ticks >> system_ticks)) return std::nullopt;
    return (user_ticks + system_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<double> elapsed(std::optional<double> before, std::optional<double> after) {
    if (!before || !after) return std::nullopt;
    return *after - *before;
}

std::vector<double> cheapest_run(Connection& connection, const BackendCpu& cpu,
                                 const std::string& sql, size_t rounds, double* ms) {
    std::vector<double> values;
    for (size_t round = 0; round < rounds; ++round) {
        const auto before = cpu.thread_seconds();
        const Result result = connection.run(sql);
        const auto spent = elapsed(before, cpu.thread_seconds());
        if (!spent) throw std::runtime_error("the server's CPU time cannot be read");
        *ms = round == 0 ? *spent * 1000.0 : std::min(*ms, *spent * 1000.0);
        values.clear();
        for (int i = 0; i < PQntuples(result.get()); ++i)
            values.push_back(std::strtod(PQgetvalue(result.get(), i, 0), nullptr));
    }
    return values;
}

}  // namespace bench
