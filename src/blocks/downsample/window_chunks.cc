#include "blocks/downsample/window_chunks.h"

#include <algorithm>

#include "base/check.h"
#include "chunkenc/histogram_encoder.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

constexpr uint64_t kShortestBlockMs = 7'200'000;

// Times come from files: their distance may be more than an int64_t holds.
uint64_t Distance(TimestampMs from, TimestampMs to) { return static_cast<uint64_t>(to) - static_cast<uint64_t>(from); }

// Calls `encode(part)` for the parts of windows that become a chunk each.
template <typename Window, typename Encode>
void ForEachChunk(std::span<const Window> windows, int64_t resolution_ms, Encode encode) {
  const uint64_t gap_ms = kShortestBlockMs + static_cast<uint64_t>(resolution_ms);
  while (!windows.empty()) {
    size_t run = 1;
    while (run < windows.size() && Distance(windows[run - 1].end, windows[run].end) < gap_ms) ++run;
    const size_t chunks = (run + kWindowsPerChunk - 1) / kWindowsPerChunk;
    for (size_t i = 0; i < chunks; ++i) {
      const size_t from = run * i / chunks, to = run * (i + 1) / chunks;
      encode(windows.subspan(from, to - from));
    }
    windows = windows.subspan(run);
  }
}

OwnedChunk EncodeFloatChunk(std::span<const FloatWindow> windows, int64_t resolution_ms, TimestampMs end) {
  XorEncoder count, sum, min, max, counter;
  double total = 0;
  TimestampMs time = 0;
  const FloatWindow* before = nullptr;
  for (const FloatWindow& window : windows) {
    total += before == nullptr ? window.first : CounterStep(before->last, window.first);
    const TimestampMs stamp = std::min(window.end, end);
    // The first sample of all, and those behind windows that are missing.
    const bool behind_gap = before != nullptr && window.end - before->end > resolution_ms && window.first_time < stamp;
    if (before == nullptr || behind_gap) counter.Append(window.first_time, total);
    total += window.rise;
    time = stamp;
    count.Append(time, window.count);
    sum.Append(time, window.sum);
    min.Append(time, window.min);
    max.Append(time, window.max);
    counter.Append(time, total);
    before = &window;
  }
  counter.Append(time, windows.back().last);
  return {.min_time = windows.front().first_time,
          .max_time = time,
          .encoding = ChunkEncoding::kAggr,
          .data = EncodeAggrChunk({.count = {ChunkEncoding::kXor, count.bytes()},
                                   .sum = {ChunkEncoding::kXor, sum.bytes()},
                                   .min = {ChunkEncoding::kXor, min.bytes()},
                                   .max = {ChunkEncoding::kXor, max.bytes()},
                                   .counter = {ChunkEncoding::kXor, counter.bytes()}})};
}

bool SameLayout(const FloatHistogram& a, const FloatHistogram& b) {
  return a.reset_hint == b.reset_hint && a.schema == b.schema && a.zero_threshold == b.zero_threshold &&
         a.custom_values == b.custom_values;
}

// Chunks of histograms one behind the other.
class HistogramChunks {
 public:
  explicit HistogramChunks(std::vector<OwnedChunk>& out) : out_(out) {}

  void Append(const HistogramWindow& window, TimestampMs time) {
    const bool fits =
        last_ != nullptr && !window.after_reset && SameLayout(last_->sum, window.sum) && SameLayout(last_->last, window.last);
    if (!fits || !counter_.Append(time, window.last)) {
      Finish();
      min_time_ = window.first_time;
      VARVE_CHECK(counter_.Append(time, window.last));
    }
    VARVE_CHECK(sum_.Append(time, window.sum));  // gauges of one layout share a chunk
    count_.Append(time, window.count);
    max_time_ = time;
    last_ = &window;
  }

  void Finish() {
    if (last_ == nullptr) return;
    out_.push_back({.min_time = min_time_,
                    .max_time = max_time_,
                    .encoding = ChunkEncoding::kAggr,
                    .data = EncodeAggrChunk({.count = {ChunkEncoding::kXor, count_.bytes()},
                                             .sum = {ChunkEncoding::kFloatHistogram, sum_.bytes()},
                                             .counter = {ChunkEncoding::kFloatHistogram, counter_.bytes()}})});
    count_ = XorEncoder();
    sum_ = FloatHistogramEncoder();
    counter_ = FloatHistogramEncoder();
    last_ = nullptr;
  }

 private:
  std::vector<OwnedChunk>& out_;
  XorEncoder count_;
  FloatHistogramEncoder sum_, counter_;
  TimestampMs min_time_ = 0, max_time_ = 0;
  const HistogramWindow* last_ = nullptr;  // in the chunk that is being filled
};

}  // namespace

void EncodeFloatWindows(std::span<const FloatWindow> windows, int64_t resolution_ms, TimestampMs end,
                        std::vector<OwnedChunk>& out) {
  ForEachChunk(windows, resolution_ms,
               [&](std::span<const FloatWindow> part) { out.push_back(EncodeFloatChunk(part, resolution_ms, end)); });
}

void EncodeHistogramWindows(std::span<const HistogramWindow> windows, int64_t resolution_ms, TimestampMs end,
                            std::vector<OwnedChunk>& out) {
  HistogramChunks chunks(out);
  ForEachChunk(windows, resolution_ms, [&](std::span<const HistogramWindow> part) {
    chunks.Finish();
    for (const HistogramWindow& window : part) {
      const bool cut_short = &window != &windows.back() && (&window + 1)->end == window.end;
      chunks.Append(window, cut_short ? window.last_time : std::min(window.end, end));
    }
  });
  chunks.Finish();
}

}  // namespace varve
