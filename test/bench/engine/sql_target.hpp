// A table's index, through prepared statements with binary parameters and results.
#pragma once

#include "data/data_set.hpp"
#include "engine/bench_table.hpp"
#include "engine/target.hpp"
#include "server/backend_cpu.hpp"

namespace bench {

class SqlTarget : public Target {
  public:
    // REQUIRES: connection and engine outlive this object; the table exists.
    SqlTarget(Connection& connection, const Engine& engine, const DataSet& set,
              const BenchTable& table);

    void apply(const SearchSetting& setting) override;
    void search(std::span<const float> query, std::vector<int32_t>& found) override;
    void insert(int32_t id, std::span<const float> row) override;
    std::optional<double> cpu_seconds() const override { return cpu_.thread_seconds(); }
    // Throws when the planner did not take the index: the figures would be of something else.
    std::optional<double> buffers(std::span<const float> query) override;

  private:
    Connection& connection_;
    const Engine& engine_;
    BackendCpu cpu_;
    std::string index_;
    bool searching_ = true;
    std::string search_statement_;
    std::string scan_statement_;
    std::string explain_statement_;
    std::string insert_statement_;
    std::string parameters_[2];
};

}  // namespace bench
