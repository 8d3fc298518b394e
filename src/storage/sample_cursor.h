// Walks the samples of one replica in time order by seeking forward: one cursor for floats alone, one for floats and histograms.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "model/sample.h"

namespace varve {

// Of a replica without histograms, which outlives this.
class FloatCursor {
 public:
  explicit FloatCursor(SeriesSamples& samples)
      : times_(samples.floats.times.data()), values_(samples.floats.values.data()), size_(samples.floats.size()) {}

  bool valid() const { return at_ < size_; }
  TimestampMs time() const { return times_[at_]; }
  static constexpr bool is_float() { return true; }
  double value() const { return values_[at_] + offset_; }

  // Moves forward to the first sample at or after `time`.
  void Seek(TimestampMs time) {
    while (at_ < size_ && times_[at_] < time) ++at_;
  }
  void Next() { ++at_; }
  // Lifts this and all later samples so that they are no lower than `last`.
  void Lift(double last) {
    if (last > value()) offset_ += last - value();
  }
  void Emit(SeriesSamples& out) { out.floats.Append(time(), value()); }

 private:
  const TimestampMs* times_;
  const double* values_;
  size_t size_;
  size_t at_ = 0;
  double offset_ = 0;
};

// Of any replica, which outlives this and gives its histograms away.
class MixedCursor {
 public:
  explicit MixedCursor(SeriesSamples& samples) : samples_(&samples) {
    const std::vector<TimestampMs>& floats = samples.floats.times;
    const std::vector<TimestampMs>& histograms = samples.histograms.times;
    for (size_t f = 0, h = 0; f < floats.size() || h < histograms.size();) {
      const bool take_float = h == histograms.size() || (f < floats.size() && floats[f] <= histograms[h]);
      order_.push_back(take_float ? Entry{floats[f], true, f} : Entry{histograms[h], false, h});
      ++(take_float ? f : h);
    }
  }

  bool valid() const { return at_ < order_.size(); }
  TimestampMs time() const { return order_[at_].time; }
  bool is_float() const { return order_[at_].is_float; }
  double value() const { return samples_->floats.values[order_[at_].index] + offset_; }  // of a float

  void Seek(TimestampMs time) {
    while (at_ < order_.size() && order_[at_].time < time) ++at_;
  }
  void Next() { ++at_; }
  void Lift(double last) {
    if (last > value()) offset_ += last - value();
  }
  void Emit(SeriesSamples& out) {
    if (is_float()) {
      out.floats.Append(time(), value());
    } else {
      out.histograms.Append(time(), std::move(samples_->histograms.values[order_[at_].index]));
    }
  }

 private:
  struct Entry {
    TimestampMs time;
    bool is_float;
    size_t index;  // in the column of its kind
  };
  SeriesSamples* samples_;
  std::vector<Entry> order_;
  size_t at_ = 0;
  double offset_ = 0;
};

}  // namespace varve
