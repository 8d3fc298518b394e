#include "roles/sidecar/prometheus_heartbeat.h"

#include <algorithm>
#include <filesystem>

#include "base/duration.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr int64_t kTwoHoursMs = 7'200'000;
constexpr int64_t kFirstAnswerPauseMs = 2'000;  // a pod starts both containers at once, and Prometheus needs a moment

std::string FlagOr(const std::map<std::string, std::string>& flags, const std::string& name, std::string fallback) {
  const auto found = flags.find(name);
  return found == flags.end() ? std::move(fallback) : found->second;
}

std::string CleanPath(const std::string& path) { return std::filesystem::path(path).lexically_normal().string(); }

}  // namespace

PrometheusHeartbeat::PrometheusHeartbeat(PrometheusClient& client, const SidecarConfig& config, Process& process)
    : client_(client),
      config_(config),
      process_(process),
      up_(NewGauge(process.registry, "thanos_sidecar_prometheus_up",
                   "Boolean indicator whether the sidecar can reach its Prometheus peer.")) {}

template <typename Ask>
absl::Status PrometheusHeartbeat::Insist(const Context& ctx, std::string_view failure, const Ask& ask) {
  while (true) {
    const absl::Status status = ask(ctx.WithTimeout(std::chrono::milliseconds(config_.get_config_timeout_ms)));
    if (status.ok()) return status;
    if (ctx.stopped()) return ctx.Check();
    process_.log.Warn(failure, {{"err", status}});
    const std::chrono::milliseconds pause(std::min(config_.get_config_interval_ms, kFirstAnswerPauseMs));
    VARVE_RETURN_IF_ERROR(process_.clock.Sleep(ctx, pause));
  }
}

absl::Status PrometheusHeartbeat::CheckFlags(const Context& ctx) {
  const auto flags = client_.Flags(ctx);
  if (absl::IsNotFound(flags.status())) {
    process_.log.Warn("failed to check Prometheus flags, due to potentially older Prometheus. No extra validation is done.");
    return absl::OkStatus();
  }
  if (!flags.ok()) return Annotate(flags.status(), "fetch Prometheus flags");
  const std::string delay_file = FlagOr(*flags, "storage.tsdb.delay-compact-file.path", "");
  const std::string shipper_file = JoinPath(config_.tsdb_path, config_.shipper_meta_file);
  if (!delay_file.empty() && CleanPath(delay_file) != CleanPath(shipper_file)) {
    return FailedPrecondition(
        "found that Prometheus and Thanos use different paths for tracking block uploads. Prometheus uses "
        "--storage.tsdb.delay-compact-file.path={} while Thanos will write to {}, they must both use the same path.",
        delay_file, shipper_file);
  }
  const std::string min_duration = FlagOr(*flags, "storage.tsdb.min-block-duration", "2h");
  const std::string max_duration = FlagOr(*flags, "storage.tsdb.max-block-duration", "2h");
  VARVE_ASSIGN_OR_RETURN(const int64_t min_ms, ParsePrometheusDurationMs(min_duration));
  VARVE_ASSIGN_OR_RETURN(const int64_t max_ms, ParsePrometheusDurationMs(max_duration));
  if (min_ms != max_ms && delay_file.empty()) {
    if (!config_.ignore_unequal_block_size) {
      return FailedPrecondition(
          "found that TSDB Max time is {} and Min time is {}. Compaction needs to be disabled "
          "(storage.tsdb.min-block-duration = storage.tsdb.max-block-duration)",
          max_duration, min_duration);
    }
    process_.log.Warn(
        "flag to ignore Prometheus min/max block duration flags differing is being used. If the upload of a 2h block fails and a "
        "Prometheus compaction happens that block may be missing from your bucket storage.");
  }
  if (min_ms != kTwoHoursMs) {
    process_.log.Warn("found that TSDB block time is not 2h. Only 2h block time is recommended.", {{"block-time", min_duration}});
  }
  return absl::OkStatus();
}

absl::Status PrometheusHeartbeat::Update(const Context& ctx) {
  VARVE_ASSIGN_OR_RETURN(const TimestampMs lowest, client_.LowestTimestamp(ctx));
  VARVE_ASSIGN_OR_RETURN(Labels labels, client_.ExternalLabels(ctx));
  MutexLock lock(mutex_);
  lowest_ = lowest;
  labels_ = std::move(labels);
  return absl::OkStatus();
}

absl::Status PrometheusHeartbeat::Wait(const Context& ctx) {
  if (!config_.objstore.empty()) {
    VARVE_RETURN_IF_ERROR(Insist(ctx, "failed to validate prometheus flags. Is Prometheus running? Retrying",
                                 [this](const Context& asking) { return CheckFlags(asking); }));
    process_.log.Info("successfully validated prometheus flags");
  }
  VARVE_RETURN_IF_ERROR(Insist(ctx, "failed to fetch prometheus version. Is Prometheus running? Retrying",
                               [this](const Context& asking) { return client_.Version(asking).status(); }));
  process_.log.Info("successfully loaded prometheus version");
  VARVE_RETURN_IF_ERROR(Insist(ctx, "failed to fetch initial external labels. Is Prometheus running? Retrying",
                               [this](const Context& asking) { return Update(asking); }));
  process_.log.Info("successfully loaded prometheus external labels", {{"external_labels", labels().ToString()}});
  if (labels().empty()) {
    return FailedPrecondition(
        "no external labels configured on Prometheus server, uniquely identifying external labels must be configured; "
        "see https://thanos.io/tip/thanos/storage.md#external-labels for details.");
  }
  up_.Set(1);
  return absl::OkStatus();
}

absl::Status PrometheusHeartbeat::Beat(const Context& ctx) {
  const absl::Status status = Update(ctx.WithTimeout(std::chrono::milliseconds(config_.get_config_timeout_ms)));
  if (ctx.stopped()) return ctx.Check();
  if (!status.ok()) process_.log.Warn("updating labels and timestamps failed", {{"err", status}});
  up_.Set(status.ok() ? 1 : 0);
  return status;
}

Labels PrometheusHeartbeat::labels() const {
  MutexLock lock(mutex_);
  return labels_;
}

QueryRange PrometheusHeartbeat::range() const {
  MutexLock lock(mutex_);
  return {std::max(config_.min_time.Resolve(process_.clock.NowMs()), lowest_), kMaxTimestamp};
}

}  // namespace varve
