#include "api/query_analysis.h"

#include <fmt/format.h>

#include <span>

#include "base/json_writer.h"
#include "promql/planner/optimization.h"

namespace varve {
namespace {

using promql::OperatorStats;
using promql::QueryStats;

void FieldUnlessZero(JsonWriter& json, std::string_view key, int64_t value) {
  if (value != 0) json.Field(key, value);
}

// The operators of a tree come in the order of a walk, parents before their inputs.
class TreeWriter {
 public:
  TreeWriter(const QueryStats& stats, bool measured, const BucketUsage::Totals& bucket, std::string& out)
      : stats_(stats), measured_(measured), bucket_(bucket), json_(out) {}

  void Write() {
    if (stats_.operators.empty()) {
      json_.BeginObject();
      json_.EndObject();
    } else {
      WriteOperator();
    }
  }

 private:
  void WriteOperator() {
    const size_t self = next_++;
    json_.BeginObject();
    json_.Field("name", stats_.operators[self].description);
    if (measured_) WriteMeasures(self);
    WriteChildren(stats_.operators[self].depth + 1);
    if (self == 0) WriteBucket();
    if (self == 0) WriteRewrites();
    json_.EndObject();
  }

  void WriteMeasures(size_t self) {
    const OperatorStats& op = stats_.operators[self];
    json_.Field("executionTime", GoDuration(op.elapsed));
    if (self == 0) FieldUnlessZero(json_, "peakSamples", stats_.samples_peak);
    FieldUnlessZero(json_, "totalSamples", SamplesRead(self));
    FieldUnlessZero(json_, "series", op.series);
    FieldUnlessZero(json_, "samples", op.samples);
    FieldUnlessZero(json_, "bytes", op.bytes);
  }

  void WriteChildren(int depth) {
    if (!IsAt(depth)) return;
    json_.Key("children");
    json_.BeginArray();
    while (IsAt(depth)) WriteOperator();
    json_.EndArray();
  }

  void WriteBucket() {
    if (bucket_.all_requests() == 0 && bucket_.cache_hits == 0) return;
    json_.Key("bucket");
    json_.BeginObject();
    json_.Key("requests");
    json_.BeginObject();
    for (size_t kind = 0; kind < kBucketRequestKinds; ++kind) {
      FieldUnlessZero(json_, kBucketRequestNames[kind], static_cast<int64_t>(bucket_.requests[kind]));
    }
    json_.EndObject();
    FieldUnlessZero(json_, "retries", static_cast<int64_t>(bucket_.retries));
    FieldUnlessZero(json_, "hedges", static_cast<int64_t>(bucket_.hedges));
    FieldUnlessZero(json_, "bytesRead", static_cast<int64_t>(bucket_.bytes_read));
    FieldUnlessZero(json_, "cacheHits", static_cast<int64_t>(bucket_.cache_hits));
    FieldUnlessZero(json_, "cacheBytes", static_cast<int64_t>(bucket_.cache_bytes));
    json_.Field("dollars", bucket_.dollars());
    json_.EndObject();
  }

  void WriteRewrites() {
    json_.Key("rewrites");
    json_.BeginArray();
    for (const promql::OptimizationInfo& info : promql::AllOptimizations()) {
      const int64_t count = stats_.fired.Of(info.id);
      if (count == 0) continue;
      json_.BeginObject();
      json_.Field("name", info.name);
      json_.Field("count", count);
      json_.EndObject();
    }
    json_.EndArray();
  }

  bool IsAt(int depth) const { return next_ < stats_.operators.size() && stats_.operators[next_].depth == depth; }

  int64_t SamplesRead(size_t root) const {
    const std::span<const OperatorStats> all = stats_.operators;
    int64_t samples = all[root].samples_read;
    for (size_t i = root + 1; i < all.size() && all[i].depth > all[root].depth; ++i) samples += all[i].samples_read;
    return samples;
  }

  const QueryStats& stats_;
  const bool measured_;
  const BucketUsage::Totals bucket_;
  JsonWriter json_;
  size_t next_ = 0;
};

// `count` of the smaller units that `unit` has 10^digits of, as a decimal number without trailing zeros.
std::string Decimal(int64_t count, int digits) {
  int64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  std::string text = fmt::format("{}", count / unit);
  if (count % unit == 0) return text;
  text += fmt::format(".{:0{}}", count % unit, digits);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

std::string ExplanationJson(const QueryStats& stats) {
  std::string json;
  TreeWriter(stats, false, {}, json).Write();
  return json;
}

std::string AnalysisJson(const QueryStats& stats, const BucketUsage::Totals& bucket) {
  std::string json;
  TreeWriter(stats, true, bucket, json).Write();
  return json;
}

std::string GoDuration(std::chrono::nanoseconds duration) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t ns = duration.count();
  if (ns == 0) return "0s";
  if (ns < 1'000) return fmt::format("{}ns", ns);
  if (ns < 1'000'000) return Decimal(ns, 3) + "µs";
  if (ns < kSecond) return Decimal(ns, 6) + "ms";
  const int64_t hours = ns / (3600 * kSecond), minutes = ns / (60 * kSecond) % 60;
  std::string text;
  if (hours > 0) text += fmt::format("{}h", hours);
  if (hours > 0 || minutes > 0) text += fmt::format("{}m", minutes);
  return text + Decimal(ns % (60 * kSecond), 9) + "s";
}

}  // namespace varve
