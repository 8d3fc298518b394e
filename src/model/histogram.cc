#include "model/histogram.h"

#include <cmath>
#include <limits>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/status_macros.h"
#include "model/histogram_bounds.h"
#include "model/sample.h"

namespace varve {
namespace {

// Far beyond what any double falls into, and small enough that differences of indexes stay within an int32_t.
constexpr int64_t kIndexMax = int64_t{1} << 30;

absl::Status CheckSpans(std::string_view side, const std::vector<HistogramSpan>& spans, size_t count) {
  uint64_t needed = 0;
  int64_t index = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0) {
      return InvalidArgument("{}: span number {} with offset {}: histogram has a span whose offset is negative", side, i + 1,
                             spans[i].offset);
    }
    needed += spans[i].length;
    index += spans[i].offset;
    if (std::abs(index) > kIndexMax || spans[i].length > kIndexMax - index) {
      return InvalidArgument("{}: span number {} leads to buckets that no number falls into", side, i + 1);
    }
    index += spans[i].length;
  }
  if (needed != count) {
    return InvalidArgument(
        "{}: spans need {} buckets, have {} buckets: histogram spans specify different number of buckets than provided", side,
        needed, count);
  }
  return absl::OkStatus();
}

absl::Status CheckCounts(std::string_view side, const std::vector<double>& counts) {
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < 0) {
      return InvalidArgument(
          "{}: bucket number {} has observation count of {}: histogram has a bucket whose observation count is negative", side,
          i + 1, FormatFloatGeneral(counts[i]));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCustomBounds(const std::vector<double>& bounds) {
  for (size_t i = 0; i < bounds.size(); ++i) {
    if (std::isnan(bounds[i])) return InvalidArgument("custom buckets: histogram custom bounds must not be NaN");
    if (i > 0 && bounds[i] <= bounds[i - 1]) {
      return InvalidArgument(
          "custom buckets: previous bound is {} and current is {}: histogram custom bounds must be in strictly increasing order",
          FormatFloatGeneral(bounds[i - 1]), FormatFloatGeneral(bounds[i]));
    }
  }
  if (!bounds.empty() && bounds.back() == std::numeric_limits<double>::infinity()) {
    return InvalidArgument(
        "custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds must be finite");
  }
  return absl::OkStatus();
}

absl::Status CheckCustom(const FloatHistogram& histogram) {
  VARVE_RETURN_IF_ERROR(CheckCustomBounds(histogram.custom_values));
  VARVE_RETURN_IF_ERROR(CheckSpans("custom buckets", histogram.positive_spans, histogram.positive.size()));
  if (!histogram.positive_spans.empty() && histogram.positive_spans[0].offset < 0) {
    return InvalidArgument("custom buckets: span number 1 with offset {}: histogram has a span whose offset is negative",
                           histogram.positive_spans[0].offset);
  }
  uint64_t covered = 0;
  for (const HistogramSpan& span : histogram.positive_spans) covered += static_cast<uint64_t>(span.offset) + span.length;
  if (covered > histogram.custom_values.size() + 1) {
    return InvalidArgument(
        "custom buckets: only {} custom bounds defined which is insufficient to cover total span length of {}: "
        "histogram custom bounds are too few",
        histogram.custom_values.size(), covered);
  }
  if (histogram.zero_count != 0) return InvalidArgument("custom buckets: must have zero count of 0");
  if (histogram.zero_threshold != 0) return InvalidArgument("custom buckets: must have zero threshold of 0");
  if (!histogram.negative_spans.empty()) return InvalidArgument("custom buckets: must not have negative spans");
  if (!histogram.negative.empty()) return InvalidArgument("custom buckets: must not have negative buckets");
  return absl::OkStatus();
}

absl::Status CheckExponential(const FloatHistogram& histogram) {
  VARVE_RETURN_IF_ERROR(CheckSpans("positive side", histogram.positive_spans, histogram.positive.size()));
  VARVE_RETURN_IF_ERROR(CheckSpans("negative side", histogram.negative_spans, histogram.negative.size()));
  VARVE_RETURN_IF_ERROR(CheckCounts("negative side", histogram.negative));
  if (histogram.zero_count < 0) {
    return InvalidArgument("zero bucket has observation count of {}: histogram has a bucket whose observation count is negative",
                           FormatFloatGeneral(histogram.zero_count));
  }
  if (std::isnan(histogram.zero_threshold)) return InvalidArgument("zero bucket has no threshold but NaN");
  if (!histogram.custom_values.empty()) return InvalidArgument("histogram with exponential schema must not have custom bounds");
  return absl::OkStatus();
}

template <typename T>
size_t VectorBytes(const std::vector<T>& vector) {
  return vector.capacity() * sizeof(T);
}

}  // namespace

bool FloatHistogram::is_stale() const { return IsStaleNan(sum); }

absl::Status FloatHistogram::Validate() const {
  if (!IsValidSchema(schema)) {
    return InvalidArgument(
        "histogram has an invalid schema, which must be between {} and {} for exponential buckets, or {} for custom buckets, got "
        "schema {}",
        kExponentialSchemaMin, kExponentialSchemaMax, kCustomBucketsSchema, schema);
  }
  VARVE_RETURN_IF_ERROR(uses_custom_buckets() ? CheckCustom(*this) : CheckExponential(*this));
  if (count < 0) {
    return InvalidArgument("observation count is {}: histogram's observation count is negative", FormatFloatGeneral(count));
  }
  return CheckCounts("positive side", positive);
}

size_t FloatHistogram::heap_bytes() const {
  return VectorBytes(positive_spans) + VectorBytes(negative_spans) + VectorBytes(positive) + VectorBytes(negative) +
         VectorBytes(custom_values);
}

}  // namespace varve
