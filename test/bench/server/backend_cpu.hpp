// CPU time of a backend, from the kernel's account of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/connection.hpp"

namespace bench {

class BackendCpu {
  public:
    // Nothing is readable when the server runs elsewhere, or in another PID namespace.
    explicit BackendCpu(const Connection& connection);

    // Run time of the backend's main thread in seconds, to the nanosecond. For queries and inserts.
    std::optional<double> thread_seconds() const;
    // User and system time of the process with all its threads, ended ones too, in steps of 10 ms.
    // For index builds, which may start threads. Parallel workers are other processes: not in it.
    std::optional<double> process_seconds() const;

  private:
    int pid_ = 0;  // 0: unreadable
};

// after - before, when both are known.
std::optional<double> elapsed(std::optional<double> before, std::optional<double> after);

// Runs a statement so many times. Returns the first column as numbers, and in *ms the backend's CPU
// of the cheapest run: parsing, planning and execution. Throws when that cannot be read.
// REQUIRES: rounds > 0, and `cpu` is of the connection's backend.
std::vector<double> cheapest_run(Connection& connection, const BackendCpu& cpu,
                                 const std::string& sql, size_t rounds, double* ms);

}  // namespace bench
