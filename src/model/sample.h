// Samples in columns: what decoders write, what merging and de-duplication combine, and what PromQL computes on.
//
// Shape    one series' samples within a range: floats and histograms side by side, each strictly ascending in time. A series that
//          changes its kind has both. start_times is empty unless the source keeps start timestamps, then as long as `times`.
// Units    Unix milliseconds.
// Threads  a value.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time_range.h"
#include "model/histogram.h"

namespace varve {

inline constexpr uint64_t kStaleNanBits = 0x7ff0000000000002;   // the series went away
inline constexpr uint64_t kNormalNanBits = 0x7ff8000000000001;  // an ordinary NaN, as Prometheus writes it
inline bool IsStaleNan(double value) { return std::bit_cast<uint64_t>(value) == kStaleNanBits; }
// The empty asm keeps g++ 12 from folding the value: as part of a vector constant it would quieten the NaN and change its bits.
inline double StaleNan() {
  uint64_t bits = kStaleNanBits;
  asm("" : "+r"(bits));
  return std::bit_cast<double>(bits);
}

struct FloatColumns {
  std::vector<TimestampMs> times;
  std::vector<double> values;
  std::vector<TimestampMs> start_times;

  size_t size() const { return times.size(); }
  bool empty() const { return times.empty(); }
  void Append(TimestampMs time, double value) {
    times.push_back(time);
    values.push_back(value);
  }
  void Resize(size_t size) {
    times.resize(size);
    values.resize(size);
    if (!start_times.empty()) start_times.resize(size);
  }
  void Clear() {
    times.clear();
    values.clear();
    start_times.clear();
  }
};

struct HistogramColumns {
  std::vector<TimestampMs> times;
  std::vector<FloatHistogram> values;
  std::vector<TimestampMs> start_times;

  size_t size() const { return times.size(); }
  bool empty() const { return times.empty(); }
  void Append(TimestampMs time, FloatHistogram value) {
    times.push_back(time);
    values.push_back(std::move(value));
  }
  void Clear() {
    times.clear();
    values.clear();
    start_times.clear();
  }
};

struct SeriesSamples {
  FloatColumns floats;
  HistogramColumns histograms;

  size_t size() const { return floats.size() + histograms.size(); }
  bool empty() const { return floats.empty() && histograms.empty(); }
  void Clear() {
    floats.Clear();
    histograms.Clear();
  }
};

}  // namespace varve
