// The sum or the mean of histograms added one by one, over time or over series.
//
// Shape    a mean is the compensated sum divided by the count or, once the sum no longer fits doubles, an incremental mean.
// Source   prometheus promql/engine.go (sum, avg) and functions.go (sum_over_time, avg_over_time); the same order of operations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/histogram.h"

namespace varve::promql {

enum class HistogramTotal : uint8_t { kSum, kMean };

class HistogramSum {
 public:
  explicit HistogramSum(HistogramTotal kind) : kind_(kind) {}

  // False if exponential and custom buckets came together; there is no result then, whatever else is added.
  bool Add(const FloatHistogram& histogram);
  // Adds what `later` has seen, after what this one has; answers as Add does.
  bool Merge(HistogramSum&& later);

  bool empty() const { return count_ == 0; }
  bool incompatible() const { return incompatible_; }
  bool bounds_reconciled() const { return bounds_reconciled_; }  // custom bounds differed
  bool reset_collision() const { return reset_seen_ && no_reset_seen_; }

  // Once, if anything was added and all of it fitted together. May hold empty buckets.
  FloatHistogram Finish() &&;

  size_t heap_bytes() const;

 private:
  void SeeHint(CounterResetHint hint);
  bool AddToTotal(const FloatHistogram& addend);
  // Adds unless something overflows; the total is then as it was.
  enum class Attempt { kAdded, kOverflow, kIncompatible };
  Attempt TryAddToTotal(const FloatHistogram& addend);
  void Scale(double factor);
  void MakeIncremental(double counted);

  FloatHistogram total_;                        // the sum, or the mean once `incremental_`
  std::optional<FloatHistogram> compensation_;  // what rounding lost
  double count_ = 0;
  HistogramTotal kind_;
  bool incremental_ = false, incompatible_ = false, bounds_reconciled_ = false;
  bool reset_seen_ = false, no_reset_seen_ = false;
};

}  // namespace varve::promql
