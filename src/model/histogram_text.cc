#include "model/histogram_text.h"

#include <limits>
#include <string_view>
#include <vector>

#include "base/float_text.h"
#include "model/histogram_arithmetic.h"
#include "model/histogram_buckets.h"

namespace varve {
namespace {

void AppendBuckets(std::string& out, const FloatHistogram& histogram, BucketOrder order) {
  for (BucketIterator it(histogram, order); it.Next();) {
    if (it.At().count != 0) out.append(", ").append(it.At().ToString());
  }
}

std::string NumberList(const std::vector<double>& numbers) {
  std::string out = "[";
  for (const double number : numbers) {
    if (out.size() > 1) out.push_back(' ');
    AppendFloatGeneral(out, number);
  }
  out.push_back(']');
  return out;
}

std::string_view HintText(CounterResetHint hint) {
  switch (hint) {
    case CounterResetHint::kUnknown: return "";
    case CounterResetHint::kReset: return "reset";
    case CounterResetHint::kNotReset: return "not_reset";
    case CounterResetHint::kGauge: return "gauge";
  }
  return "";
}

// Collects `key:value` fields; those at their default are left out.
class Fields {
 public:
  void Add(std::string_view key, std::string_view value) {
    if (!text_.empty()) text_.push_back(' ');
    text_.append(key).append(":").append(value);
  }
  void AddNumber(std::string_view key, double value) {
    if (value != 0) Add(key, FormatFloatGeneral(value));
  }
  void AddSide(std::string_view offset_key, std::string_view buckets_key, const std::vector<HistogramSpan>& spans,
               const std::vector<double>& counts) {
    if (!spans.empty() && spans[0].offset != 0) Add(offset_key, std::to_string(spans[0].offset));
    if (!counts.empty()) Add(buckets_key, NumberList(counts));
  }
  std::string Text() const { return "{{" + text_ + "}}"; }

 private:
  std::string text_;
};

}  // namespace

std::string ToString(const FloatHistogram& histogram) {
  std::string out = "{count:" + FormatFloatGeneral(histogram.count) + ", sum:" + FormatFloatGeneral(histogram.sum);
  AppendBuckets(out, histogram, BucketOrder::kNegativeReverse);
  if (histogram.zero_count != 0) out.append(", ").append(ZeroBucket(histogram).ToString());
  AppendBuckets(out, histogram, BucketOrder::kPositive);
  out.push_back('}');
  return out;
}

std::string ToTestExpression(const FloatHistogram& histogram) {
  FloatHistogram dense = histogram;
  CompactHistogram(dense, std::numeric_limits<int64_t>::max());
  Fields fields;
  if (dense.schema != 0) fields.Add("schema", std::to_string(dense.schema));
  fields.AddNumber("count", dense.count);
  fields.AddNumber("sum", dense.sum);
  fields.AddNumber("z_bucket", dense.zero_count);
  fields.AddNumber("z_bucket_w", dense.zero_threshold);
  if (dense.uses_custom_buckets()) fields.Add("custom_values", NumberList(dense.custom_values));
  if (const std::string_view hint = HintText(dense.reset_hint); !hint.empty()) fields.Add("counter_reset_hint", hint);
  fields.AddSide("offset", "buckets", dense.positive_spans, dense.positive);
  fields.AddSide("n_offset", "n_buckets", dense.negative_spans, dense.negative);
  return fields.Text();
}

}  // namespace varve
