// How much WAL a piece of work writes. The WAL is the whole cluster's, so a measured stretch must
// have the cluster to itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/connection.hpp"

namespace bench {

struct WalKind {
    int64_t records = 0;
    int64_t record_bytes = 0;      // without full-page images
    int64_t page_image_bytes = 0;  // full-page images
};

class WalAccount {
  public:
    // `admin` may be any session; its own commands write next to nothing.
    explicit WalAccount(Connection& admin) : admin_(admin) {}

    void begin() { start_ = position(); }
    void end();

    // Bytes from begin() to end(), over all stretches.
    int64_t bytes() const { return bytes_; }
    // The same by resource manager ("Heap", "Generic", ...), where pg_walinspect can be created.
    std::optional<std::map<std::string, WalKind>> by_manager();

  private:
    struct Stretch {
        std::string start;
        std::string end;
    };

    std::string position();

    Connection& admin_;
    std::string start_;
    int64_t bytes_ = 0;
    std::vector<Stretch> stretches_;
};

}  // namespace bench
