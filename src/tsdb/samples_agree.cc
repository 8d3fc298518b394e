#include "tsdb/samples_agree.h"

#include <algorithm>
#include <bit>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

bool SameValues(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) { return SameBits(x, y); });
}

}  // namespace

bool SameBits(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }

bool SameBits(const FloatHistogram& a, const FloatHistogram& b) {
  return a.schema == b.schema && SameBits(a.zero_threshold, b.zero_threshold) && SameBits(a.zero_count, b.zero_count) &&
         SameBits(a.count, b.count) && SameBits(a.sum, b.sum) && a.positive_spans == b.positive_spans &&
         a.negative_spans == b.negative_spans && SameValues(a.positive, b.positive) && SameValues(a.negative, b.negative) &&
         SameValues(a.custom_values, b.custom_values);
}

namespace {

QueryRange TimesOf(const SeriesSamples& samples) {
  QueryRange range{kMaxTimestamp, kMinTimestamp};
  const auto widen = [&range](const std::vector<TimestampMs>& times) {
    if (times.empty()) return;
    range = {std::min(range.min, times.front()), std::max(range.max_inclusive, times.back())};
  };
  widen(samples.floats.times);
  widen(samples.histograms.times);
  return range;
}

struct Differences {
  bool only_a = false, only_b = false;

  absl::Status Note(TimestampMs time, bool in_a) {
    (in_a ? only_a : only_b) = true;
    if (only_a && only_b) return FailedPrecondition("the samples at {} interleave", time);
    return absl::OkStatus();
  }
};

template <typename Columns>
absl::Status Compare(const Columns& a, const Columns& b, QueryRange shared, Differences& differences) {
  const auto begin = [&shared](const std::vector<TimestampMs>& times) {
    return static_cast<size_t>(std::ranges::lower_bound(times, shared.min) - times.begin());
  };
  const auto live = [&shared](const Columns& columns, size_t i) {
    return i < columns.size() && columns.times[i] <= shared.max_inclusive;
  };
  for (size_t i = begin(a.times), j = begin(b.times); live(a, i) || live(b, j);) {
    if (live(a, i) && live(b, j) && a.times[i] == b.times[j]) {
      if (!SameBits(a.values[i], b.values[j])) return FailedPrecondition("the samples at {} differ", a.times[i]);
      ++i, ++j;
      continue;
    }
    const bool in_a = !live(b, j) || (live(a, i) && a.times[i] < b.times[j]);
    VARVE_RETURN_IF_ERROR(differences.Note(in_a ? a.times[i] : b.times[j], in_a));
    ++(in_a ? i : j);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAgree(const SeriesSamples& a, const SeriesSamples& b) {
  const QueryRange times_a = TimesOf(a);
  const QueryRange times_b = TimesOf(b);
  const QueryRange shared{std::max(times_a.min, times_b.min), std::min(times_a.max_inclusive, times_b.max_inclusive)};
  Differences differences;
  VARVE_RETURN_IF_ERROR(Compare(a.floats, b.floats, shared, differences));
  return Compare(a.histograms, b.histograms, shared, differences);
}

}  // namespace varve
