#include "objstore/adaptive/request_metrics.h"

namespace varve {
namespace {

class Maker {
 public:
  Maker(MetricsRegistry& registry, const std::string& bucket) : registry_(registry), bucket_(bucket) {}

  Counter& Count(const std::string& name, const std::string& help, MetricLabels labels = {}) const {
    labels.emplace("bucket", bucket_);
    return NewCounter(registry_, "varve_bucket_" + name, help, labels);
  }
  Gauge& Level(const std::string& name, const std::string& help) const {
    return NewGauge(registry_, "varve_bucket_" + name, help, {{"bucket", bucket_}});
  }

 private:
  MetricsRegistry& registry_;
  const std::string& bucket_;
};

std::array<Counter*, kBucketRequestKinds> RequestCounters(const Maker& make) {
  std::array<Counter*, kBucketRequestKinds> counters{};
  for (size_t kind = 0; kind < kBucketRequestKinds; ++kind) {
    counters[kind] = &make.Count("requests_total", "Requests sent to the bucket, each try, hedge and page counted.",
                                 {{"kind", std::string(kBucketRequestNames[kind])}});
  }
  return counters;
}

constexpr char kBytesHelp[] = "Bytes moved from and to the bucket.";
constexpr char kRetriesHelp[] = "Requests sent again, by what became of the try before.";
constexpr char kGaveUpHelp[] = "Calls that failed although another try might have helped, by why there was none.";
constexpr char kWaitHelp[] = "Time callers have waited before their request was sent, by what for.";

}  // namespace

BucketRequestMetrics::BucketRequestMetrics(MetricsRegistry& registry, const std::string& bucket)
    : requests(RequestCounters(Maker(registry, bucket))),
      read_bytes(Maker(registry, bucket).Count("bytes_total", kBytesHelp, {{"direction", "read"}})),
      written_bytes(Maker(registry, bucket).Count("bytes_total", kBytesHelp, {{"direction", "written"}})),
      cost_dollars(Maker(registry, bucket).Count("cost_dollars_total", "What the requests are estimated to cost.")),
      retries_throttled(Maker(registry, bucket).Count("retries_total", kRetriesHelp, {{"reason", "throttled"}})),
      retries_timeout(Maker(registry, bucket).Count("retries_total", kRetriesHelp, {{"reason", "timeout"}})),
      retries_unavailable(Maker(registry, bucket).Count("retries_total", kRetriesHelp, {{"reason", "unavailable"}})),
      gave_up_attempts(Maker(registry, bucket).Count("gave_up_total", kGaveUpHelp, {{"reason", "attempts"}})),
      gave_up_deadline(Maker(registry, bucket).Count("gave_up_total", kGaveUpHelp, {{"reason", "deadline"}})),
      gave_up_budget(Maker(registry, bucket).Count("gave_up_total", kGaveUpHelp, {{"reason", "budget"}})),
      throttled(Maker(registry, bucket).Count("throttled_total", "Requests the server refused because there were too many.")),
      short_reads(Maker(registry, bucket).Count("short_reads_total", "Reads that ended before their object does.")),
      hedges(Maker(registry, bucket).Count("hedges_total", "Second requests for reads that took longer than most.")),
      hedges_won(Maker(registry, bucket).Count("hedges_won_total", "Reads that such a second request answered.")),
      rate_wait_seconds(Maker(registry, bucket).Count("wait_seconds_total", kWaitHelp, {{"reason", "rate"}})),
      concurrency_wait_seconds(Maker(registry, bucket).Count("wait_seconds_total", kWaitHelp, {{"reason", "concurrency"}})),
      in_flight(Maker(registry, bucket).Level("in_flight", "Requests under way.")),
      concurrency_limit(
          Maker(registry, bucket).Level("concurrency_limit", "Requests that may be under way at once, as found out.")),
      rate_limit(Maker(registry, bucket).Level("rate_limit", "Requests a second, as configured or found out. 0: no limit.")) {}

}  // namespace varve
