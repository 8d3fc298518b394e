// What an operator yields: one series with one value for every step of the query.
//
//   labels    {job="a", instance="1"}
//   present   1 1 0 1 1 ...        is there a sample at this step?
//   values    3 4 - 9 . ...        its value, if it is a float
//   histograms - - - - h ...       its value, if it is a histogram; the whole array is empty when none of them is
//
// Shape    values has exactly one entry a step, whatever `present` says, so that loops over it need no branches; entries of
//          absent steps and of histograms are unspecified. A step is a histogram where histograms[step] is not null, and then it
//          is present too.
// Threads  values; histograms are shared and immutable.
#pragma once

#include <absl/container/inlined_vector.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/time_range.h"
#include "model/histogram.h"
#include "model/labels.h"

namespace varve::promql {

// The moments at which an expression is evaluated: start, start + step_ms, ...
struct StepGrid {
  TimestampMs start = 0;
  int64_t step_ms = 1;  // positive, also when there is only one step
  size_t count = 1;

  TimestampMs At(size_t step) const { return start + static_cast<int64_t>(step) * step_ms; }
  TimestampMs last() const { return At(count - 1); }
  friend bool operator==(const StepGrid&, const StepGrid&) = default;
};

// One bit a step.
class StepMask {
 public:
  StepMask() = default;
  explicit StepMask(size_t steps) { Reset(steps); }

  void Reset(size_t steps);  // all clear
  void Fill();               // all set
  size_t size() const { return size_; }

  bool Test(size_t step) const { return (words_[step / 64] >> (step % 64) & 1) != 0; }
  void Set(size_t step) { words_[step / 64] |= uint64_t{1} << (step % 64); }
  void Clear(size_t step) { words_[step / 64] &= ~(uint64_t{1} << (step % 64)); }

  bool Any() const;
  bool All() const;
  size_t Count() const;
  bool Intersects(const StepMask& other) const;
  size_t First() const;  // the lowest set step; size() if none

  StepMask& operator&=(const StepMask& other);
  StepMask& operator|=(const StepMask& other);
  StepMask& AndNot(const StepMask& other);
  friend bool operator==(const StepMask&, const StepMask&) = default;

  // Calls visit(step) for the set steps, ascending.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (size_t word = 0; word < words_.size(); ++word) {
      for (uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
        visit(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
  }

  // Bit i of word w is step w * 64 + i; bits past the last step stay clear.
  std::span<uint64_t> words() { return {words_.data(), words_.size()}; }
  std::span<const uint64_t> words() const { return {words_.data(), words_.size()}; }
  size_t heap_bytes() const { return words_.size() > 2 ? words_.capacity() * sizeof(uint64_t) : 0; }

 private:
  size_t size_ = 0;
  absl::InlinedVector<uint64_t, 2> words_;  // no allocation up to 128 steps
};

using StepValues = absl::InlinedVector<double, 2>;  // no allocation for an instant query
using HistogramPtr = std::shared_ptr<const FloatHistogram>;

struct StepSeries {
  Labels labels;
  bool drop_name = false;  // delayed name removal: the metric name goes when the query ends
  StepMask present;
  StepValues values;
  std::vector<HistogramPtr> histograms;

  // No sample at any step and no labels. Keeps the memory.
  void Reset(size_t steps);
  size_t steps() const { return values.size(); }
  bool empty() const { return !present.Any(); }

  bool has_histograms() const { return !histograms.empty(); }
  bool IsHistogram(size_t step) const { return !histograms.empty() && histograms[step] != nullptr; }

  void SetFloat(size_t step, double value) {
    present.Set(step);
    values[step] = value;
  }
  void SetHistogram(size_t step, HistogramPtr histogram);
  void SetHistogram(size_t step, FloatHistogram histogram) {
    SetHistogram(step, std::make_shared<const FloatHistogram>(std::move(histogram)));
  }
  void Drop(size_t step) {
    present.Clear(step);
    if (!histograms.empty()) histograms[step].reset();
  }
  // Drops every histogram; true if there was one.
  bool DropHistograms();
  // Drops the steps that are not in `mask`.
  void Keep(const StepMask& mask);
  // Takes over the samples of `other`, none of which is at a step of ours.
  void MergeDisjoint(StepSeries&& other);

  // Samples as Prometheus counts them against the limit: 1 for a float, more for a histogram.
  int64_t SampleCount() const;
  int64_t heap_bytes() const;
};

// Prometheus' weight of a histogram in samples of 16 bytes.
int64_t HistogramSampleCount(const FloatHistogram& histogram);

}  // namespace varve::promql
