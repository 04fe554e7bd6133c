// Where it was measured: the machine, the server and its settings.
#pragma once

#include <map>
#include <string>

#include "server/connection.hpp"

namespace bench {

struct Environment {
    std::string started;  // UTC
    std::string cpu;
    unsigned cores = 0;
    double ram_gib = 0.0;
    std::string kernel;
    std::string compiler;
    bool native_reference = false;  // hnswlib compiled for this machine's CPU
    std::string postgresql;
    std::map<std::string, std::string> settings;
};

Environment describe_environment(Connection& admin);

}  // namespace bench
