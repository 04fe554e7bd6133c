// What is going on, on stderr; stdout is for the results.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace bench {

// One line with the time since the program started.
void note(const std::string& text);

// A phase with a percentage: one line that is rewritten on a terminal, and a line every 10 seconds
// elsewhere. Says how long it took when it goes out of scope.
class Progress {
  public:
    explicit Progress(std::string what);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void update(size_t done, size_t total);

  private:
    std::string what_;
    std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point shown_at_;
    int shown_percent_ = 0;
};

}  // namespace bench
