// The node of a filtered search in the executor. Below it stand the scan of the vectidx index,
// which it runs as it is, and a bitmap of other indexes, which it makes when it is worth it.
#pragma once

#include "pg/postgres.hpp"

namespace vectidx {

const CustomScanMethods* filter_scan_methods();

}  // namespace vectidx
