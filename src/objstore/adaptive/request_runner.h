// Sends the requests behind the calls of a bucket: when it is their turn, as many at once as the server takes well, again when they fail
// in a way that may pass, and on the account of who asked.
//
//   absl::Status status = runner.Run(ctx, {.kind = BucketRequest::kHead, .operation = "exists", .name = name},
//                                    [&](const Context& attempt) { ... one request ...; });
//
// Shape    tries are spaced by a backoff with full jitter, or by what the server's Retry-After says if that is longer. A try has a
//          timeout by the bytes it moves. When the retry budget is used up queries give up and background work waits.
//          The log hears of calls that keep failing, at most once a minute.
// Errors   the last failure, saying how often it was tried; never later than the end of the context.
// Threads  share freely.
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "objstore/adaptive/bucket_tuning.h"
#include "objstore/adaptive/latency_model.h"
#include "objstore/adaptive/request_metrics.h"
#include "runtime/clock.h"
#include "runtime/log.h"

namespace varve {

struct BucketCall {
  BucketRequest kind;
  std::string_view operation, name;  // for messages
  uint64_t bytes = 0;                // expected to move
  // A listing: its visitor may call the bucket itself and take its time, so it counts against no limit of concurrency and a try
  // has no timeout.
  bool visits = false;
};

class RequestRunner {
 public:
  using Attempt = std::function<absl::Status(const Context&)>;
  RequestRunner(const BucketTuning& tuning, MetricsRegistry& registry, const std::string& bucket, Clock& clock, uint64_t seed,
                Logger log);

  // `progress`, if not null, grows with what a listing has got through: a try that got further is not a failure in a row.
  absl::Status Run(const Context& ctx, const BucketCall& call, const Attempt& attempt, const uint64_t* progress = nullptr);

  // For requests made within an attempt. Admit waits for the rate and counts; Count only counts.
  absl::Status Admit(const Context& ctx, BucketRequest kind);
  void Count(const Context& ctx, BucketRequest kind, uint64_t requests = 1);
  void CountRead(const Context& ctx, uint64_t bytes);
  void CountWritten(const Context& ctx, uint64_t bytes);
  uint64_t PriceOf(BucketRequest kind) const { return tuning_.prices.NanodollarsOf(kind); }

  // When a read of so many bytes is worth a second request; nothing while that is not known.
  std::optional<LatencyModel::Duration> HedgeDelay(uint64_t bytes) const;
  // Leave to send one more request right now, held until it has ended; null if there is none.
  std::shared_ptr<void> AdmitHedge();

  BucketRequestMetrics& metrics() { return metrics_; }

 private:
  enum class Failure { kNone, kThrottled, kTimeout, kUnavailable };
  absl::Status Try(const Context& ctx, const BucketCall& call, const Attempt& attempt, Failure& failure);
  absl::StatusOr<ConcurrencyLimit::Slot> Enter(const Context& ctx);
  void Learn(const BucketCall& call, Failure failure, const absl::Status& status, LatencyModel::Duration took,
             std::optional<ConcurrencyLimit::Slot>& slot);
  // OK when it is time for the next try; otherwise why there is none.
  absl::Status PrepareRetry(const Context& ctx, const BucketCall& call, const absl::Status& status, Failure failure,
                            int failures);
  bool SpendRetry(const Context& ctx);
  void TellOfFailures(const BucketCall& call, const absl::Status& status, int failures);
  std::chrono::milliseconds Backoff(int failures);
  std::chrono::milliseconds TimeoutOf(uint64_t bytes) const;

  const BucketTuning tuning_;
  Clock& clock_;
  RequestRate rate_;
  ConcurrencyLimit concurrency_;
  RetryBudget retries_;
  LatencyModel latencies_;
  BucketRequestMetrics metrics_;
  const Logger log_;
  std::atomic<TimestampMs> told_ = 0;  // when the log last heard of failures
  Mutex random_mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(random_mutex_);
};

}  // namespace varve
