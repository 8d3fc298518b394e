#include "store/prometheus_client.h"

#include <absl/strings/numbers.h>

#include <cmath>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "base/yaml.h"

namespace varve {
namespace {

std::string Seconds(TimestampMs time) { return fmt::format("{}.{:03}", time / 1000, std::abs(time % 1000)); }

UrlParams Selection(const Matchers& matchers, QueryRange range, uint64_t limit) {
  UrlParams params;
  if (!matchers.empty()) params.Add("match[]", ToString(matchers));
  // The ends of time are Prometheus' defaults; it cannot parse our numbers for them.
  constexpr TimestampMs kParsableMs = int64_t{1} << 53;
  if (range.min > -kParsableMs) params.Add("start", Seconds(std::max<TimestampMs>(range.min, 0)));
  if (range.max_inclusive < kParsableMs) params.Add("end", Seconds(std::max<TimestampMs>(range.max_inclusive, 0)));
  if (limit > 0) params.Add("limit", std::to_string(limit));
  return params;
}

absl::StatusOr<std::vector<std::string>> Strings(const JsonValue& data, std::string_view path) {
  if (!data.is_array() && !data.is_null()) return DataLoss("{}: the data is not a list", path);
  std::vector<std::string> strings;
  for (const JsonValue& one : data.array()) strings.emplace_back(one.StringOr(""));
  return strings;
}

}  // namespace

absl::Status StatusOfHttpAnswer(int status, std::string_view url, std::string_view body) {
  constexpr size_t kBodyShown = 512;
  const std::string message = fmt::format("{} answered {}: {}", url, status, body.substr(0, kBodyShown));
  switch (status) {
    case 400: return InvalidArgument("{}", message);
    case 404: return NotFound("{}", message);
    case 503: return Unavailable("{}", message);
    default: return Internal("{}", message);
  }
}

absl::StatusOr<Labels> ParseExternalLabels(std::string_view config_yaml) {
  VARVE_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::Parse(config_yaml));
  const YamlNode* global = root.Find("global");
  const YamlNode* external = global == nullptr ? nullptr : global->Find("external_labels");
  if (external == nullptr) return Labels();
  if (!external->is_map() && !external->is_null()) {
    return InvalidArgument("external_labels is not a map (line {})", external->line());
  }
  std::vector<LabelView> labels;
  for (const auto& [name, value] : external->fields()) labels.push_back({name, value.scalar()});
  return Labels(std::move(labels));
}

PrometheusClient::PrometheusClient(HttpClient& http, std::string base_url)
    : http_(http), base_url_(base_url.substr(0, base_url.find_last_not_of('/') + 1)) {}

absl::StatusOr<std::string> PrometheusClient::GetBody(const Context& ctx, std::string_view path, const UrlParams& params) {
  const std::string url = fmt::format("{}{}", base_url_, path);
  VARVE_ASSIGN_OR_RETURN(HttpClientResponse response, http_.Do(ctx, {.url = params.empty() ? url : url + "?" + params.Encode()}));
  if (response.status / 100 != 2) return StatusOfHttpAnswer(response.status, url, response.body);
  return std::move(response.body);
}

absl::StatusOr<JsonValue> PrometheusClient::Get(const Context& ctx, std::string_view path, const UrlParams& params) {
  VARVE_ASSIGN_OR_RETURN(const std::string body, GetBody(ctx, path, params));
  if (body.empty()) return JsonValue();  // 204
  absl::StatusOr<JsonValue> root = JsonValue::Parse(body);
  if (!root.ok()) return DataLoss("{}{}: {}", base_url_, path, Message(root.status()));
  if ((*root)["status"].StringOr("") != "success") {
    return Internal("{}{}: {}", base_url_, path, (*root)["error"].StringOr("not a success"));
  }
  return (*root)["data"];
}

absl::StatusOr<std::string> PrometheusClient::Version(const Context& ctx) {
  VARVE_ASSIGN_OR_RETURN(const JsonValue data, Get(ctx, "/api/v1/status/buildinfo"));
  return std::string(data["version"].StringOr(""));
}

absl::StatusOr<std::map<std::string, std::string>> PrometheusClient::Flags(const Context& ctx) {
  VARVE_ASSIGN_OR_RETURN(const JsonValue data, Get(ctx, "/api/v1/status/flags"));
  std::map<std::string, std::string> flags;
  for (const auto& [name, value] : data.object()) flags.emplace(name, value.StringOr(""));
  return flags;
}

absl::StatusOr<Labels> PrometheusClient::ExternalLabels(const Context& ctx) {
  VARVE_ASSIGN_OR_RETURN(const JsonValue data, Get(ctx, "/api/v1/status/config"));
  return ParseExternalLabels(data["yaml"].StringOr(""));
}

absl::StatusOr<TimestampMs> PrometheusClient::LowestTimestamp(const Context& ctx) {
  constexpr std::string_view kMetric = "prometheus_tsdb_lowest_timestamp_seconds ";
  VARVE_ASSIGN_OR_RETURN(const std::string text, GetBody(ctx, "/metrics", {}));
  for (size_t at = text.find(kMetric); at != std::string::npos; at = text.find(kMetric, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const size_t start = at + kMetric.size();
    double seconds = 0;
    if (!absl::SimpleAtod({text.data() + start, text.find_first_of(" \n", start) - start}, &seconds) || std::isnan(seconds))
      break;
    const double ms = seconds * 1000;
    if (ms >= static_cast<double>(kMaxTimestamp)) return kMinTimestamp;  // no block yet
    return ms <= static_cast<double>(kMinTimestamp) ? kMinTimestamp : static_cast<TimestampMs>(ms);
  }
  return DataLoss("{}/metrics has no usable prometheus_tsdb_lowest_timestamp_seconds", base_url_);
}

absl::StatusOr<std::vector<Labels>> PrometheusClient::Series(const Context& ctx, const Matchers& matchers, QueryRange range,
                                                             uint64_t limit) {
  VARVE_ASSIGN_OR_RETURN(const JsonValue data, Get(ctx, "/api/v1/series", Selection(matchers, range, limit)));
  std::vector<Labels> series;
  for (const JsonValue& one : data.array()) {
    std::vector<LabelView> labels;
    for (const auto& [name, value] : one.object()) labels.push_back({name, value.StringOr("")});
    series.emplace_back(std::move(labels));
  }
  return series;
}

absl::StatusOr<std::vector<std::string>> PrometheusClient::LabelNames(const Context& ctx, const Matchers& matchers,
                                                                      QueryRange range, uint64_t limit) {
  VARVE_ASSIGN_OR_RETURN(const JsonValue data, Get(ctx, "/api/v1/labels", Selection(matchers, range, limit)));
  return Strings(data, "/api/v1/labels");
}

absl::StatusOr<std::vector<std::string>> PrometheusClient::LabelValues(const Context& ctx, std::string_view label,
                                                                       const Matchers& matchers, QueryRange range,
                                                                       uint64_t limit) {
  const std::string path = fmt::format("/api/v1/label/{}/values", UrlEncodePath(label));
  VARVE_ASSIGN_OR_RETURN(const JsonValue data, Get(ctx, path, Selection(matchers, range, limit)));
  return Strings(data, path);
}

}  // namespace varve
