#include "api/sample_json.h"

#include <charconv>
#include <cmath>

#include "base/float_text.h"
#include "base/json_writer.h"
#include "model/histogram_buckets.h"

namespace varve {
namespace {

constexpr double kExactIntegers = 9007199254740992;  // 2^53: below, every integer is its own shortest text

void AppendInt(std::string& out, uint64_t value) {
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  out.append(digits, end);
}

// 0: open below, 1: open above, 2: open on both sides, 3: closed on both sides.
int BoundaryRule(const HistogramBucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? 3 : 1;
  return bucket.upper_inclusive ? 0 : 2;
}

}  // namespace

void AppendJsonTime(std::string& out, TimestampMs time) {
  uint64_t magnitude = static_cast<uint64_t>(time);
  if (time < 0) {
    out += '-';
    magnitude = 0 - magnitude;
  }
  AppendInt(out, magnitude / 1000);
  const auto ms = static_cast<unsigned>(magnitude % 1000);
  if (ms == 0) return;
  out += '.';
  out += static_cast<char>('0' + ms / 100);
  out += static_cast<char>('0' + ms / 10 % 10);
  out += static_cast<char>('0' + ms % 10);
}

void AppendJsonValue(std::string& out, double value) {
  out += '"';
  const double magnitude = std::fabs(value);
  if (magnitude > 0 && magnitude < kExactIntegers && value == std::floor(value)) {
    // Counters, mostly. Writing them as integers is four times as fast.
    if (value < 0) out += '-';
    AppendInt(out, static_cast<uint64_t>(magnitude));
  } else if (magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21)) {
    AppendFloatExponent(out, value);
  } else {
    AppendFloatFixed(out, value);
  }
  out += '"';
}

void AppendJsonHistogram(std::string& out, const FloatHistogram& histogram) {
  out += R"({"count":)";
  AppendJsonValue(out, histogram.count);
  out += R"(,"sum":)";
  AppendJsonValue(out, histogram.sum);
  std::string_view separator = R"(,"buckets":[)";
  for (BucketIterator it(histogram, BucketOrder::kAll); it.Next();) {
    const HistogramBucket& bucket = it.At();
    if (bucket.count == 0) continue;
    out += separator;
    separator = ",";
    out += '[';
    out += static_cast<char>('0' + BoundaryRule(bucket));
    out += ',';
    AppendJsonValue(out, bucket.lower);
    out += ',';
    AppendJsonValue(out, bucket.upper);
    out += ',';
    AppendJsonValue(out, bucket.count);
    out += ']';
  }
  out += separator == "," ? "]}" : "}";
}

void AppendJsonLabels(std::string& out, const Labels& labels) {
  out += '{';
  bool first = true;
  for (const LabelView& label : labels) {
    if (!first) out += ',';
    first = false;
    AppendJsonString(out, label.name);
    out += ':';
    AppendJsonString(out, label.value);
  }
  out += '}';
}

}  // namespace varve
