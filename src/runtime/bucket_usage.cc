#include "runtime/bucket_usage.h"

#include <numeric>

namespace varve {

uint64_t BucketUsage::Totals::all_requests() const { return std::accumulate(requests.begin(), requests.end(), uint64_t{0}); }

BucketUsage::Totals& BucketUsage::Totals::operator+=(const Totals& other) {
  for (size_t i = 0; i < requests.size(); ++i) requests[i] += other.requests[i];
  bytes_read += other.bytes_read;
  bytes_written += other.bytes_written;
  retries += other.retries;
  hedges += other.hedges;
  cache_hits += other.cache_hits;
  cache_misses += other.cache_misses;
  cache_bytes += other.cache_bytes;
  nanodollars += other.nanodollars;
  return *this;
}

void BucketUsage::AddAll(const Totals& totals) {
  for (size_t i = 0; i < requests_.size(); ++i) Add(requests_[i], totals.requests[i]);
  Add(bytes_read_, totals.bytes_read);
  Add(bytes_written_, totals.bytes_written);
  Add(retries_, totals.retries);
  Add(hedges_, totals.hedges);
  Add(cache_hits_, totals.cache_hits);
  Add(cache_misses_, totals.cache_misses);
  Add(cache_bytes_, totals.cache_bytes);
  Add(nanodollars_, totals.nanodollars);
}

BucketUsage::Totals BucketUsage::totals() const {
  const auto of = [](const Count& count) { return count.load(std::memory_order_relaxed); };
  Totals totals;
  for (size_t i = 0; i < requests_.size(); ++i) totals.requests[i] = of(requests_[i]);
  totals.bytes_read = of(bytes_read_);
  totals.bytes_written = of(bytes_written_);
  totals.retries = of(retries_);
  totals.hedges = of(hedges_);
  totals.cache_hits = of(cache_hits_);
  totals.cache_misses = of(cache_misses_);
  totals.cache_bytes = of(cache_bytes_);
  totals.nanodollars = of(nanodollars_);
  return totals;
}

}  // namespace varve
