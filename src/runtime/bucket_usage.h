// What one query, or one job in the background, has asked of object storage: requests by kind as they are billed, bytes, what caches
// answered instead, and what it comes to by the price table of the bucket.
//
//   BucketUsage usage;
//   Read(ctx.WithUsage(&usage), ...);
//   const BucketUsage::Totals totals = usage.totals();
//
// Units    prices in billionths of a dollar, so that one request is a whole number of them.
// Threads  share freely.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace varve {

enum class BucketRequest : uint8_t { kList, kGet, kHead, kPut, kDelete };
inline constexpr std::array<std::string_view, 5> kBucketRequestNames = {"list", "get", "head", "put", "delete"};
inline constexpr size_t kBucketRequestKinds = kBucketRequestNames.size();

class BucketUsage {
 public:
  struct Totals {
    std::array<uint64_t, kBucketRequestKinds> requests{};  // by BucketRequest; retries and hedges are in it
    uint64_t bytes_read = 0, bytes_written = 0;
    uint64_t retries = 0, hedges = 0;
    uint64_t cache_hits = 0, cache_misses = 0, cache_bytes = 0;  // of any cache in front of the bucket; bytes are those of hits
    uint64_t nanodollars = 0;

    uint64_t all_requests() const;
    double dollars() const { return static_cast<double>(nanodollars) / 1e9; }
    Totals& operator+=(const Totals& other);
  };

  void AddRequest(BucketRequest kind, uint64_t nanodollars) {
    Add(requests_[static_cast<size_t>(kind)], 1);
    Add(nanodollars_, nanodollars);
  }
  void AddRead(uint64_t bytes, uint64_t nanodollars) {
    Add(bytes_read_, bytes);
    Add(nanodollars_, nanodollars);
  }
  void AddWritten(uint64_t bytes) { Add(bytes_written_, bytes); }
  void AddRetry() { Add(retries_, 1); }
  void AddHedge() { Add(hedges_, 1); }
  void AddCacheHits(uint64_t hits, uint64_t bytes) {
    Add(cache_hits_, hits);
    Add(cache_bytes_, bytes);
  }
  void AddCacheMisses(uint64_t misses) { Add(cache_misses_, misses); }
  void AddAll(const Totals& totals);  // of a part that had an account of its own

  Totals totals() const;

 private:
  using Count = std::atomic<uint64_t>;
  static void Add(Count& count, uint64_t by) { count.fetch_add(by, std::memory_order_relaxed); }

  std::array<Count, kBucketRequestKinds> requests_{};
  Count bytes_read_ = 0, bytes_written_ = 0, retries_ = 0, hedges_ = 0;
  Count cache_hits_ = 0, cache_misses_ = 0, cache_bytes_ = 0;
  Count nanodollars_ = 0;
};

}  // namespace varve
