#include "differential/prometheus_oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/json_value.h"
#include "base/status_macros.h"
#include "net/url.h"

namespace varve::promql {
namespace {

double Number(const JsonValue& json) {
  if (json.is_number()) return json.DoubleOr(0);
  return ParseGoFloat(json.StringOr("NaN")).value_or(NAN);
}

TimestampMs Time(const JsonValue& json) { return std::llround(json.DoubleOr(0) * 1000); }

AnswerPoint FloatPoint(const JsonValue& json) {
  return {.time = Time(json.array().at(0)), .value = Number(json.array().at(1)), .histogram = {}};
}

AnswerPoint HistogramPoint(const JsonValue& json) {
  AnswerPoint point{.time = Time(json.array().at(0)), .value = 0, .histogram = {}};
  const JsonValue& histogram = json.array().at(1);
  point.histogram = {Number(histogram["count"]), Number(histogram["sum"])};
  for (const JsonValue& bucket : histogram["buckets"].array()) {
    for (const JsonValue& number : bucket.array()) point.histogram.push_back(Number(number));
  }
  return point;
}

AnswerSeries Series(const JsonValue& json) {
  AnswerSeries series;
  std::vector<LabelView> labels;
  for (const auto& [name, value] : json["metric"].object()) labels.push_back({name, value.StringOr("")});
  series.labels = Labels(std::move(labels));
  if (const JsonValue* value = json.Find("value")) series.points.push_back(FloatPoint(*value));
  if (const JsonValue* histogram = json.Find("histogram")) series.points.push_back(HistogramPoint(*histogram));
  for (const JsonValue& value : json["values"].array()) series.points.push_back(FloatPoint(value));
  for (const JsonValue& histogram : json["histograms"].array()) series.points.push_back(HistogramPoint(histogram));
  std::ranges::sort(series.points, {}, &AnswerPoint::time);
  return series;
}

std::vector<std::string> Texts(const JsonValue& json) {
  std::vector<std::string> texts;
  for (const JsonValue& text : json.array()) texts.emplace_back(text.StringOr(""));
  return texts;
}

absl::Status Failure(const JsonValue& json) {
  constexpr std::string_view kBadQuery = "invalid parameter \"query\": ";
  std::string_view message = json["error"].StringOr("");
  if (message.starts_with(kBadQuery)) message.remove_prefix(kBadQuery.size());
  return json["errorType"].StringOr("") == "bad_data" ? InvalidArgument("{}", message) : FailedPrecondition("{}", message);
}

absl::StatusOr<QueryAnswer> ReadAnswer(const JsonValue& json) {
  QueryAnswer answer;
  if (json["status"].StringOr("") != "success") {
    answer.status = Failure(json);
    return answer;
  }
  const JsonValue& data = json["data"];
  const JsonValue& result = data["result"];
  const std::string_view type = data["resultType"].StringOr("");
  if (type == "scalar") {
    answer.type = ValueType::kScalar;
    answer.series.push_back({.labels = {}, .points = {FloatPoint(result)}});
  } else if (type == "string") {
    answer.type = ValueType::kString;
    answer.text = result.array().at(1).StringOr("");
  } else {
    answer.type = type == "vector" ? ValueType::kVector : ValueType::kMatrix;
    for (const JsonValue& series : result.array()) answer.series.push_back(Series(series));
  }
  answer.warnings = Texts(json["warnings"]);
  answer.infos = Texts(json["infos"]);
  return answer;
}

// What one of the versions calls otherwise.
std::string InDialect(std::string text, QueryDialect dialect) {
  if (dialect == QueryDialect::kModern) return text;
  constexpr std::string_view kNew = "double_exponential_smoothing", kOld = "holt_winters";  // renamed in 3.0
  for (size_t at = 0; (at = text.find(kNew, at)) != std::string::npos;) text.replace(at, kNew.size(), kOld);
  return text;
}

std::string Seconds(TimestampMs time) { return fmt::format("{}.{:03}", time / 1000, time % 1000); }

}  // namespace

absl::StatusOr<std::unique_ptr<PrometheusOracle>> PrometheusOracle::Make(std::string url, QueryDialect dialect) {
  VARVE_ASSIGN_OR_RETURN(auto client, HttpClient::Make(HttpClientConfig{.compression = false}));
  return std::unique_ptr<PrometheusOracle>(new PrometheusOracle(std::move(client), std::move(url), dialect));
}

absl::StatusOr<QueryAnswer> PrometheusOracle::Ask(const PromqlTestQuery& query) const {
  UrlParams form;
  form.Add("query", InDialect(query.text, dialect_));
  if (query.is_range) {
    form.Add("start", Seconds(query.start));
    form.Add("end", Seconds(query.end));
    form.Add("step", fmt::format("{}ms", query.step_ms));  // a number of seconds would be rounded down
  } else {
    form.Add("time", Seconds(query.start));
  }
  HttpClientRequest request{.method = "POST", .url = url_ + (query.is_range ? "/api/v1/query_range" : "/api/v1/query")};
  request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  request.body = form.Encode();
  VARVE_ASSIGN_OR_RETURN(const HttpClientResponse response, client_->Do(Context(), request));
  VARVE_ASSIGN_OR_RETURN(const JsonValue json, JsonValue::Parse(response.body));
  return ReadAnswer(json);
}

}  // namespace varve::promql
