#include "report/progress.hpp"

#include <cstdio>
#include <unistd.h>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSecondsBetweenLines = 10.0;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double seconds_of_program() {
    static const Clock::time_point start = Clock::now();
    return seconds_since(start);
}

bool on_terminal() {
    static const bool terminal = isatty(STDERR_FILENO) == 1;
    return terminal;
}

}  // namespace

void note(const std::string& text) {
    std::fprintf(stderr, "[%7.1f s] %s\n", seconds_of_program(), text.c_str());
}

Progress::Progress(std::string what)
    : what_(std::move(what)), start_(Clock::now()), shown_at_(start_) {}

Progress::~Progress() {
    if (on_terminal() && shown_percent_ > 0) std::fputs("\r\033[K", stderr);
    char took[32];
    std::snprintf(took, sizeof(took), ": %.1f s", seconds_since(start_));
    note(what_ + took);
}

void Progress::update(size_t done, size_t total) {
    const int percent = total == 0 ? 100 : static_cast<int>(100 * done / total);
    if (percent == shown_percent_) return;
    if (on_terminal()) {
        std::fprintf(stderr, "\r\033[K[%7.1f s] %s %d %%", seconds_of_program(), what_.c_str(),
                     percent);
    } else {
        if (seconds_since(shown_at_) < kSecondsBetweenLines) return;
        note(what_ + " " + std::to_string(percent) + " %");
    }
    shown_at_ = Clock::now();
    shown_percent_ = percent;
}

}  // namespace bench
