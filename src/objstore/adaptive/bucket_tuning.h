// How Varve's client treats a bucket: the keys `varve` and `hedging_config` beside `type` and `config` in the object storage YAML.
//
//   varve:
//     requests_per_second: 0       # a budget for this process; 0: as many as the server takes
//     burst: 0                     # requests that may come at once; 0: a tenth of a second's
//     concurrency_max: 128         # requests under way at once; how many of these are used is found out
//     attempts_max: 8              # tries of one request
//     request_timeout: 30s         # of one try; large transfers get more, by their size
//     mark_raw_chunks: false       # objstore/raw_chunks_mark.h
//     prices: {list_per_1000: 0.005, get_per_1000: 0.0004, head_per_1000: 0.0004, put_per_1000: 0.005, delete_per_1000: 0, read_per_gib: 0}
//   hedging_config:                # as in Thanos; without it, remote buckets are hedged at a quantile of 0.95
//     {enabled: true, up_to: 2, quantile: 0.95}
//
// Errors   InvalidArgument for unknown keys and values out of range.
// Source   thanos pkg/exthttp/hedging.go for hedging_config.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <string_view>

#include "base/yaml.h"
#include "objstore/adaptive/bucket_prices.h"
#include "objstore/adaptive/concurrency_limit.h"
#include "objstore/adaptive/hedged_read.h"
#include "objstore/adaptive/request_rate.h"
#include "objstore/adaptive/retry_budget.h"

namespace varve {

struct BucketTuning {
  RequestRate::Options rate;
  ConcurrencyLimit::Options concurrency;
  RetryBudget::Options retries;
  int attempts_max = 8;
  std::chrono::milliseconds backoff_first{100}, backoff_max{10'000};
  std::chrono::milliseconds request_timeout{30'000};
  uint64_t bytes_per_second_min = 256 << 10;  // a transfer may take this much longer

  bool hedge = true;
  Hedger::Options hedging;
  double hedge_quantile = 0.95;
  double hedge_samples_min = 50;  // answers before a quantile is believed
  std::chrono::milliseconds hedge_delay_min{5};

  bool mark_raw_chunks = false;
  BucketPrices prices;
};

// Either node may be null. `provider` is the type in upper case.
absl::StatusOr<BucketTuning> ParseBucketTuning(std::string_view provider, const YamlNode* varve, const YamlNode* hedging);

}  // namespace varve
