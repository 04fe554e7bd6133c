#include "measure/contender.hpp"

#include "report/progress.hpp"

namespace bench {

namespace {

// The query alone is measured: planned once, by index, in one process. Commits do not wait for the
// disk, as the figures would be the disk's.
constexpr const char* kSessionSettings =
    "SET jit = off; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; "
    "SET max_parallel_workers_per_gather = 0; SET synchronous_commit = off; "
    "SET statement_timeout = 0";

void make_database(const Engine& engine, const Options& options) {
    Connection admin(options.conninfo, "postgres");
    admin.run("DROP DATABASE IF EXISTS " + engine.database + " WITH (FORCE)");
    admin.run("CREATE DATABASE " + engine.database + " TEMPLATE template0");
}

}  // namespace

Contender::Contender(const Engine& engine, const Options& options) : engine_(engine) {
    result.name = engine.name;
    if (in_memory()) return;
    attempt("connect", [&] {
        make_database(engine, options);
        open_session(options);
    });
}

std::unique_ptr<Connection> Contender::another_session(const Options& options) const {
    auto session = std::make_unique<Connection>(options.conninfo, engine_.database);
    // Its settings exist once its library is loaded.
    session->run("LOAD " + quote_literal(engine_.extension));
    session->run(kSessionSettings);
    session->run("SET maintenance_work_mem = " + quote_literal(options.maintenance_work_mem));
    session->run("SET max_parallel_maintenance_workers = " + std::to_string(options.workers));
    for (const std::string& setting : options.session_settings) {
        const size_t equals = setting.find('=');
        if (equals == std::string::npos) throw SqlError("--session needs NAME=VALUE: " + setting);
        session->run("SET " + setting.substr(0, equals) + " = " +
                     quote_literal(setting.substr(equals + 1)));
    }
    return session;
}

void Contender::open_session(const Options& options) {
    Connection(options.conninfo, engine_.database).run("CREATE EXTENSION " + engine_.extension);
    session_ = another_session(options);
    result.version = session_->value("SELECT extversion FROM pg_extension WHERE extname = " +
                                     quote_literal(engine_.extension));
    has_target_setting_ = session_->number("SELECT count(*) FROM pg_settings WHERE name = " +
                                           quote_literal(engine_.target_setting)) == 1;
}

void Contender::attempt(const std::string& phase, const std::function<void()>& step) {
    if (!in_race()) return;
    try {
        step();
    } catch (const std::exception& error) {
        result.errors.push_back(phase + ": " + error.what());
        note(engine_.name + " is out, " + result.errors.back());
    }
}

std::vector<SearchSetting> Contender::settings(const std::vector<double>& ef,
                                               const std::vector<double>& target_recall) const {
    std::vector<SearchSetting> settings;
    for (double value : ef)
        settings.push_back({SearchSetting::Kind::kEf, value});
    if (!has_target_setting_) return settings;
    for (double value : target_recall) {
        settings.push_back({SearchSetting::Kind::kTargetRecall, value});
    }
    return settings;
}

bool is_available(const Engine& engine, Connection& admin) {
    if (engine.in_memory()) return true;
    return admin.number("SELECT count(*) FROM pg_available_extensions WHERE name = " +
                        quote_literal(engine.extension)) == 1;
}

}  // namespace bench
