#include "api/query_params.h"

#include <algorithm>

#include "api/api_params.h"
#include "base/errors.h"
#include "base/json_value.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr int64_t kPointsMax = 11'000;
constexpr int64_t kResolutions[] = {0, 300'000, 3'600'000};  // raw, 5 m, 1 h

int64_t ToMs(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

// Thanos' parameters have messages of their own: 'name' parameter: ...
absl::StatusOr<std::chrono::nanoseconds> ThanosDuration(const UrlParams& form, std::string_view name,
                                                        std::chrono::nanoseconds fallback) {
  const std::string_view text = form.Get(name);
  if (text.empty()) return fallback;
  const absl::StatusOr<std::chrono::nanoseconds> duration = ParseApiDuration(text);
  if (!duration.ok()) return Annotate(duration.status(), "'{}' parameter", name);
  return duration;
}

absl::StatusOr<ShardInfo> ReadShard(std::string_view text) {
  ShardInfo shard;
  if (text.empty()) return shard;
  const absl::StatusOr<JsonValue> json = JsonValue::Parse(text);
  if (!json.ok()) return Annotate(json.status(), "could not unmarshal parameter shard_info");
  shard.index = (*json)["shard_index"].IntOr(0);
  shard.total = (*json)["total_shards"].IntOr(0);
  shard.by = (*json)["by"].BoolOr(false);
  for (const JsonValue& label : (*json)["labels"].array()) shard.labels.emplace_back(label.StringOr(""));
  return shard;
}

// `automatic_ms` is the resolution to take when the request leaves the choice to us; then any coarser one may stand in for it.
absl::Status ReadResolution(const UrlParams& form, const QueryApiConfig& config, int64_t automatic_ms, SourceOptions& source) {
  constexpr std::string_view kName = "max_source_resolution";
  const std::string_view text = form.Get(kName);
  if (text == "auto" || (text.empty() && config.auto_downsampling)) {
    source.max_source_resolution_ms = automatic_ms;
    source.fallback_resolution_ms = std::max(automatic_ms, kResolutions[std::size(kResolutions) - 1]);
    return absl::OkStatus();
  }
  VARVE_ASSIGN_OR_RETURN(const std::chrono::nanoseconds resolution, ThanosDuration(form, kName, std::chrono::nanoseconds(0)));
  if (resolution.count() < 0) return InvalidArgument("negative '{}' is not accepted. Try a positive integer", kName);
  source.max_source_resolution_ms = source.fallback_resolution_ms = ToMs(resolution);
  return absl::OkStatus();
}

// Without a step, one that gives 250 points, but not below the role's default.
absl::StatusOr<int64_t> ReadStep(const UrlParams& form, const QueryApiConfig& config, TimestampMs start, TimestampMs end) {
  if (form.Get("step").empty() && config.default_step_ms > 0) {
    const int64_t seconds = std::max((end - start) / 1000 / 250, config.default_step_ms / 1000);
    return seconds * 1000;
  }
  const absl::StatusOr<std::chrono::nanoseconds> step = ParseApiDuration(form.Get("step"));
  if (!step.ok()) return InvalidParameter("step", step.status());
  if (ToMs(*step) <= 0) {
    return InvalidParameter(
        "step", InvalidArgument("zero or negative query resolution step widths are not accepted. Try a positive integer"));
  }
  return ToMs(*step);
}

absl::Status ReadCommon(const HttpRequest& request, const QueryApiConfig& config, int64_t automatic_resolution_ms,
                        QueryParams& params) {
  const UrlParams& form = request.form;
  params.query = form.Get("query");
  params.stats = form.Get("stats");
  params.analyze = form.Get("analyze") == "true" || form.Get("analyze") == "1";
  if (!form.Get("timeout").empty()) {
    VARVE_ASSIGN_OR_RETURN(params.timeout, DurationParam(form, "timeout", std::chrono::nanoseconds(0)));
  }
  const std::string_view engine = form.Get("engine");
  if (!engine.empty() && engine != "prometheus" && engine != "thanos") return InvalidArgument("'{}' bad engine", engine);
  VARVE_ASSIGN_OR_RETURN(params.source, ReadSourceOptions(request, config));
  VARVE_RETURN_IF_ERROR(ReadResolution(form, config, automatic_resolution_ms, params.source));
  VARVE_ASSIGN_OR_RETURN(const std::chrono::nanoseconds lookback,
                         ThanosDuration(form, "lookback_delta", std::chrono::nanoseconds(0)));
  params.lookback_ms = ToMs(lookback) > 0 ? ToMs(lookback) : LookbackFor(params.source.max_source_resolution_ms, config);
  return absl::OkStatus();
}

}  // namespace

int64_t LookbackFor(int64_t max_source_resolution_ms, const QueryApiConfig& config) {
  if (!config.dynamic_lookback) return config.lookback_ms;
  for (size_t level = std::size(kResolutions) - 1; level > 0; --level) {
    if (max_source_resolution_ms > std::max(kResolutions[level - 1], config.lookback_ms)) {
      return std::max(config.lookback_ms, kResolutions[level]);
    }
  }
  return config.lookback_ms;
}

absl::StatusOr<SourceOptions> ReadSourceOptions(const HttpRequest& request, const QueryApiConfig& config) {
  const UrlParams& form = request.form;
  SourceOptions options;
  VARVE_ASSIGN_OR_RETURN(options.deduplicate, BoolParam(form, "dedup", true));
  options.replica_labels = form.Has("replicaLabels[]") ? form.GetAll("replicaLabels[]") : config.replica_labels;
  VARVE_ASSIGN_OR_RETURN(options.store_matchers, SelectorsParam(form, "storeMatch[]"));
  VARVE_ASSIGN_OR_RETURN(options.partial_response, BoolParam(form, "partial_response", config.partial_response));
  VARVE_ASSIGN_OR_RETURN(options.shard, ReadShard(form.Get("shard_info")));
  options.tenant = request.headers.Get(config.tenant_header);
  if (options.tenant.empty()) options.tenant = config.default_tenant;
  return options;
}

absl::StatusOr<QueryParams> ReadInstantParams(const HttpRequest& request, const QueryApiConfig& config, TimestampMs now) {
  QueryParams params;
  VARVE_ASSIGN_OR_RETURN(params.limit, LimitParam(request.form));
  VARVE_ASSIGN_OR_RETURN(params.start, TimeParam(request.form, "time", now));
  params.end = params.start;
  VARVE_RETURN_IF_ERROR(ReadCommon(request, config, config.instant_max_source_resolution_ms, params));
  return params;
}

absl::StatusOr<QueryParams> ReadRangeParams(const HttpRequest& request, const QueryApiConfig& config) {
  QueryParams params;
  VARVE_ASSIGN_OR_RETURN(params.limit, LimitParam(request.form));
  VARVE_ASSIGN_OR_RETURN(params.start, RequiredTimeParam(request.form, "start"));
  VARVE_ASSIGN_OR_RETURN(params.end, RequiredTimeParam(request.form, "end"));
  if (params.end < params.start) {
    return InvalidParameter("end", InvalidArgument("end timestamp must not be before start time"));
  }
  VARVE_ASSIGN_OR_RETURN(params.step_ms, ReadStep(request.form, config, params.start, params.end));
  const uint64_t length = static_cast<uint64_t>(params.end) - static_cast<uint64_t>(params.start);  // may not fit an int64_t
  if (length / static_cast<uint64_t>(params.step_ms) > kPointsMax) {
    return InvalidArgument(
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)");
  }
  // Downsampled data should have five samples a step.
  VARVE_RETURN_IF_ERROR(ReadCommon(request, config, params.step_ms / 5, params));
  return params;
}

absl::StatusOr<QueryRange> ReadMetadataRange(const HttpRequest& request, const QueryApiConfig& config, TimestampMs now) {
  const bool all_time = config.metadata_range_ms == 0;
  QueryRange range;
  VARVE_ASSIGN_OR_RETURN(range.min, TimeParam(request.form, "start", all_time ? kApiTimeMin : now - config.metadata_range_ms));
  VARVE_ASSIGN_OR_RETURN(range.max_inclusive, TimeParam(request.form, "end", all_time ? kApiTimeMax : now));
  if (range.max_inclusive < range.min) return InvalidArgument("end timestamp must not be before start time");
  return range;
}

}  // namespace varve
