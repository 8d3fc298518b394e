#include "promql/engine/step_series.h"

#include <algorithm>

namespace varve::promql {

void StepMask::Reset(size_t steps) {
  size_ = steps;
  words_.assign((steps + 63) / 64, 0);
}

void StepMask::Fill() {
  std::fill(words_.begin(), words_.end(), ~uint64_t{0});
  if (size_ % 64 != 0) words_.back() = (uint64_t{1} << (size_ % 64)) - 1;
}

bool StepMask::Any() const {
  return std::any_of(words_.begin(), words_.end(), [](uint64_t word) { return word != 0; });
}

bool StepMask::All() const { return Count() == size_; }

size_t StepMask::Count() const {
  size_t count = 0;
  for (const uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
  return count;
}

bool StepMask::Intersects(const StepMask& other) const {
  for (size_t i = 0; i < words_.size(); ++i) {
    if ((words_[i] & other.words_[i]) != 0) return true;
  }
  return false;
}

size_t StepMask::First() const {
  for (size_t i = 0; i < words_.size(); ++i) {
    if (words_[i] != 0) return i * 64 + static_cast<size_t>(std::countr_zero(words_[i]));
  }
  return size_;
}

StepMask& StepMask::operator&=(const StepMask& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  return *this;
}

StepMask& StepMask::operator|=(const StepMask& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

StepMask& StepMask::AndNot(const StepMask& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
  return *this;
}

void StepSeries::Reset(size_t steps) {
  labels = Labels();
  drop_name = false;
  present.Reset(steps);
  values.resize(steps);
  histograms.clear();
}

void StepSeries::SetHistogram(size_t step, HistogramPtr histogram) {
  if (histograms.empty()) histograms.resize(values.size());
  present.Set(step);
  histograms[step] = std::move(histogram);
}

bool StepSeries::DropHistograms() {
  bool found = false;
  for (size_t step = 0; step < histograms.size(); ++step) {
    if (histograms[step] == nullptr) continue;
    present.Clear(step);
    found = true;
  }
  histograms.clear();
  return found;
}

void StepSeries::Keep(const StepMask& mask) {
  present &= mask;
  for (size_t step = 0; step < histograms.size(); ++step) {
    if (histograms[step] != nullptr && !mask.Test(step)) histograms[step].reset();
  }
}

void StepSeries::MergeDisjoint(StepSeries&& other) {
  other.present.ForEach([&](size_t step) {
    if (other.IsHistogram(step)) {
      SetHistogram(step, std::move(other.histograms[step]));
    } else {
      SetFloat(step, other.values[step]);
    }
  });
}

int64_t StepSeries::SampleCount() const {
  auto count = static_cast<int64_t>(present.Count());
  for (const HistogramPtr& histogram : histograms) {
    if (histogram != nullptr) count += HistogramSampleCount(*histogram) - 1;
  }
  return count;
}

int64_t StepSeries::heap_bytes() const {
  size_t bytes = labels.heap_bytes() + present.heap_bytes() + histograms.capacity() * sizeof(HistogramPtr);
  if (values.size() > 2) bytes += values.capacity() * sizeof(double);
  const FloatHistogram* previous = nullptr;  // the same histogram often stands at several steps in a row
  for (const HistogramPtr& histogram : histograms) {
    if (histogram == nullptr || histogram.get() == previous) continue;
    previous = histogram.get();
    bytes += sizeof(FloatHistogram) + histogram->heap_bytes();
  }
  return static_cast<int64_t>(bytes);
}

int64_t HistogramSampleCount(const FloatHistogram& histogram) {
  constexpr size_t kStructBytes = 168;  // of Prometheus' FloatHistogram
  const size_t entries = histogram.positive_spans.size() + histogram.negative_spans.size() + histogram.positive.size() +
                         histogram.negative.size() + histogram.custom_values.size();
  return static_cast<int64_t>((kStructBytes + entries * 8 + 8) / 16);
}

}  // namespace varve::promql
