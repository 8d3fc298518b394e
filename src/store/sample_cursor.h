// Walks the samples of one replica in time order, floats and histograms alike, by seeking forward.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/sample.h"

namespace varve {

class SampleCursor {
 public:
  // Takes samples out of `samples`, which outlives this.
  explicit SampleCursor(SeriesSamples& samples) : samples_(&samples) {
    if (!samples.histograms.empty()) Interleave();
    times_ = samples.histograms.empty() ? samples.floats.times.data() : merged_times_.data();
    size_ = samples.size();
  }

  bool valid() const { return at_ < size_; }
  TimestampMs time() const { return times_[at_]; }
  bool is_float() const { return order_.empty() || order_[at_] < samples_->floats.size(); }
  double value() const { return samples_->floats.values[FloatIndex()] + offset_; }  // of a float

  // Moves forward to the first sample at or after `time`.
  void Seek(TimestampMs time) {
    while (at_ < size_ && times_[at_] < time) ++at_;
  }
  void Next() { ++at_; }
  // Lifts this and all later floats so that they are no lower than `last`.
  void Lift(double last) {
    if (last > value()) offset_ += last - value();
  }
  // Moves the current sample to the end of `out`.
  void Emit(SeriesSamples& out) {
    if (is_float()) {
      out.floats.Append(time(), value());
    } else {
      out.histograms.Append(time(), std::move(samples_->histograms.values[order_[at_] - samples_->floats.size()]));
    }
  }

 private:
  size_t FloatIndex() const { return order_.empty() ? at_ : order_[at_]; }

  void Interleave() {
    const std::vector<TimestampMs>& floats = samples_->floats.times;
    const std::vector<TimestampMs>& histograms = samples_->histograms.times;
    size_t f = 0, h = 0;
    while (f < floats.size() || h < histograms.size()) {
      const bool take_float = h == histograms.size() || (f < floats.size() && floats[f] <= histograms[h]);
      merged_times_.push_back(take_float ? floats[f] : histograms[h]);
      order_.push_back(static_cast<uint32_t>(take_float ? f++ : floats.size() + h++));
    }
  }

  SeriesSamples* samples_;
  const TimestampMs* times_;
  size_t size_;
  size_t at_ = 0;
  double offset_ = 0;
  std::vector<TimestampMs> merged_times_;  // empty without histograms
  std::vector<uint32_t> order_;            // float index, or float count plus histogram index; empty without histograms
};

}  // namespace varve
