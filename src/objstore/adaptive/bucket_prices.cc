#include "objstore/adaptive/bucket_prices.h"

#include <cmath>

namespace varve {

uint64_t BucketPrices::NanodollarsOf(BucketRequest kind) const {
  return static_cast<uint64_t>(std::llround(per_1000[static_cast<size_t>(kind)] * 1e6));
}

uint64_t BucketPrices::NanodollarsOfRead(uint64_t bytes) const {
  return static_cast<uint64_t>(std::llround(read_per_gib * 1e9 * static_cast<double>(bytes) / (1 << 30)));
}

BucketPrices PricesOf(std::string_view provider) {
  if (provider == "FILESYSTEM" || provider == "MEMORY") return {.per_1000 = {}};
  return {};
}

}  // namespace varve
