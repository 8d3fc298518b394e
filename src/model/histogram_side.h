// One side of a histogram, positive or negative, and what arithmetic does with it. For the files of histogram arithmetic; others
// want histogram_arithmetic.h.
//
// Shape    a side refers to the histogram's own vectors. `compensation`, if there, has one value for each count: what rounding
// took
//          from it (see KahanSum).
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/histogram.h"
#include "model/kahan_sum.h"

namespace varve {

struct HistogramSide {
  std::vector<HistogramSpan>& spans;
  std::vector<double>& counts;
  std::vector<double>* compensation = nullptr;

  KahanSum At(size_t position) const { return {counts[position], compensation != nullptr ? (*compensation)[position] : 0}; }
};

struct ConstHistogramSide {
  std::span<const HistogramSpan> spans;
  std::span<const double> counts;
};

HistogramSide PositiveSide(FloatHistogram& histogram, FloatHistogram* compensation = nullptr);
HistogramSide NegativeSide(FloatHistogram& histogram, FloatHistogram* compensation = nullptr);
ConstHistogramSide PositiveSide(const FloatHistogram& histogram);
ConstHistogramSide NegativeSide(const FloatHistogram& histogram);

// Writes a new side bucket by bucket, in the order of their indexes, with as few spans as there are gaps.
class SideWriter {
 public:
  SideWriter(bool compensated, size_t expected) : compensated_(compensated) {
    counts_.reserve(expected);
    if (compensated) compensation_.reserve(expected);
  }
  void Append(int64_t index, KahanSum value);
  void AppendEmpty(int64_t count);                    // buckets right behind the last one
  void AddToLast(KahanSum value);                     // another part of the last bucket
  int64_t next_index() const { return next_index_; }  // that of the bucket after the last one
  bool empty() const { return counts_.empty(); }
  void MoveTo(const HistogramSide& side);

 private:
  bool compensated_;
  int64_t next_index_ = 0;
  std::vector<HistogramSpan> spans_;
  std::vector<double> counts_, compensation_;
};

// How many buckets of an exponential side end at or below the zero threshold: the zero bucket's count has them already.
size_t BucketsWithin(const ConstHistogramSide& side, int32_t schema, double zero_threshold);

// Adds `sign` times the buckets of `addend`, which has the same schema, leaving out its first `skip` buckets.
void AddSide(const HistogramSide& side, const ConstHistogramSide& addend, size_t skip, double sign);
// Merges the buckets of an exponential side into those of a coarser schema.
void ReduceSide(const HistogramSide& side, int32_t schema, int32_t target_schema);
// Drops empty buckets, save for up to `empty_max` in a row between two others.
void CompactSide(const HistogramSide& side, int64_t empty_max);
// True if both describe the same buckets; spans of length 0 make no difference.
bool SameLayout(std::span<const HistogramSpan> a, std::span<const HistogramSpan> b);

}  // namespace varve
