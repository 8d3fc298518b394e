#include "objstore/adaptive/bucket_tuning.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

absl::Status ReadPrices(const YamlNode& node, BucketPrices& prices) {
  YamlMap map(node, "prices");
  for (size_t kind = 0; kind < kBucketRequestKinds; ++kind) {
    map.Read(std::string(kBucketRequestNames[kind]) + "_per_1000", prices.per_1000[kind]);
  }
  map.Read("read_per_gib", prices.read_per_gib);
  VARVE_RETURN_IF_ERROR(map.Finish());
  const bool negative = std::any_of(prices.per_1000.begin(), prices.per_1000.end(), [](double price) { return !(price >= 0); });
  if (negative || !(prices.read_per_gib >= 0)) return InvalidArgument("prices: a price cannot be negative");
  return absl::OkStatus();
}

absl::Status ReadTuning(const YamlNode& node, BucketTuning& tuning) {
  YamlMap map(node, "varve");
  map.Read("requests_per_second", tuning.rate.per_second);
  map.Read("burst", tuning.rate.burst);
  map.Read("concurrency_max", tuning.concurrency.max);
  map.Read("attempts_max", tuning.attempts_max);
  map.Read("mark_raw_chunks", tuning.mark_raw_chunks);
  int64_t timeout_ms = tuning.request_timeout.count();
  map.ReadDurationMs("request_timeout", timeout_ms);
  tuning.request_timeout = std::chrono::milliseconds(timeout_ms);
  if (const YamlNode* prices = map.Child("prices")) map.Fail(ReadPrices(*prices, tuning.prices));
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (!(tuning.rate.per_second >= 0) || !(tuning.rate.burst >= 0)) {
    return InvalidArgument("varve: requests_per_second and burst cannot be negative");
  }
  if (tuning.concurrency.max < 1 || tuning.attempts_max < 1 || timeout_ms < 1) {
    return InvalidArgument("varve: concurrency_max, attempts_max and request_timeout start at 1");
  }
  tuning.concurrency.min = std::min(tuning.concurrency.min, tuning.concurrency.max);
  return absl::OkStatus();
}

absl::Status ReadHedging(const YamlNode& node, BucketTuning& tuning) {
  tuning.hedge = false;  // Thanos' defaults, for who writes the key
  tuning.hedging.up_to = 3;
  tuning.hedge_quantile = 0.9;
  YamlMap map(node, "hedging_config");
  map.Read("enabled", tuning.hedge);
  map.Read("up_to", tuning.hedging.up_to);
  map.Read("quantile", tuning.hedge_quantile);
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (tuning.hedging.up_to < 0 || !(tuning.hedge_quantile > 0 && tuning.hedge_quantile <= 1)) {
    return InvalidArgument("hedging_config: up_to counts requests, and quantile lies between 0 and 1");
  }
  if (tuning.hedging.up_to < 2) tuning.hedge = false;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BucketTuning> ParseBucketTuning(std::string_view provider, const YamlNode* varve, const YamlNode* hedging) {
  BucketTuning tuning = {.prices = PricesOf(provider)};
  if (hedging != nullptr) VARVE_RETURN_IF_ERROR(ReadHedging(*hedging, tuning));
  if (varve != nullptr) VARVE_RETURN_IF_ERROR(Annotate(ReadTuning(*varve, tuning), "objstore config"));
  if (provider == "FILESYSTEM") tuning.hedge = false;  // there is only one disk
  return tuning;
}

}  // namespace varve
