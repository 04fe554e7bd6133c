// An engine taking part in one data set's run: its database session, and its results so far.
#pragma once

#include <functional>
#include <memory>

#include "measure/results.hpp"
#include "options.hpp"
#include "server/connection.hpp"

namespace bench {

class Contender {
  public:
    // Makes the engine's database anew and opens a session in it. A failure is an error of
    // `result`.
    Contender(const Engine& engine, const Options& options);

    const Engine& engine() const { return engine_; }
    Connection& session() { return *session_; }  // REQUIRES: not in memory
    // A session more in its database, with the same settings.
    std::unique_ptr<Connection> another_session(const Options& options) const;
    bool in_memory() const { return engine_.in_memory(); }
    bool in_race() const { return result.errors.empty(); }

    // Runs a step. An error is written down, and takes this engine out of the rest of the run:
    // the others go on.
    void attempt(const std::string& phase, const std::function<void()>& step);

    // The search settings this engine understands: ef values, and target recalls where it has them.
    std::vector<SearchSetting> settings(const std::vector<double>& ef,
                                        const std::vector<double>& target_recall) const;

    EngineResult result;

  private:
    void open_session(const Options& options);

    Engine engine_;
    std::unique_ptr<Connection> session_;
    bool has_target_setting_ = false;
};

// True when the server has the engine's extension, or the engine needs none.
bool is_available(const Engine& engine, Connection& admin);

}  // namespace bench
