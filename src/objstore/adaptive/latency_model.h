// How long requests to a bucket usually take, learned from those that were answered: one distribution for each kind of request and,
// for reads, class of size, since a megabyte takes longer than a kilobyte.
//
// Shape    a histogram with steps of a fifth, in which old answers lose half their weight every kHalfLife answers.
// Threads  share freely.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/mutex.h"
#include "runtime/bucket_usage.h"

namespace varve {

class LatencyModel {
 public:
  using Duration = std::chrono::steady_clock::duration;

  void Record(BucketRequest kind, uint64_t bytes, Duration took);
  // Nothing until `samples_min` answers of this class were seen.
  std::optional<Duration> Quantile(BucketRequest kind, uint64_t bytes, double quantile, double samples_min) const;
  // `took` over the median of its class; 1 while that is not known.
  double Slowness(BucketRequest kind, uint64_t bytes, Duration took) const;

 private:
  static constexpr size_t kSteps = 128;
  static constexpr int kHalfLife = 1'000;
  static constexpr size_t kClasses = kBucketRequestKinds + 3;  // gets have four
  struct Distribution {
    std::array<float, kSteps> weights{};
    double total = 0;
    int until_halving = kHalfLife;
  };
  static size_t ClassOf(BucketRequest kind, uint64_t bytes);

  mutable Mutex mutex_;
  std::array<Distribution, kClasses> classes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
