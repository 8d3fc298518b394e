#include "objstore/azure/azure_keys.h"

#include "base/errors.h"

namespace varve {
namespace {

constexpr TimestampMs kFileKeptMs = 10 * 60'000;

AzureKey KeyOf(const AzureConfig& config) {
  return {.key = config.account_key, .sas = config.sas, .expires = std::nullopt, .source = "the configured key"};
}

}  // namespace

bool SameSecret(const AzureKey& a, const AzureKey& b) { return a.key == b.key && a.sas == b.sas; }

std::unique_ptr<Expiring<AzureKey>> MakeAzureKeys(const AzureConfig& config, Clock& clock) {
  const auto fetch = [last = KeyOf(config), read_again = config.read_again,
                      &clock](const Context&) mutable -> absl::StatusOr<AzureKey> {
    if (!read_again) return last;
    const absl::StatusOr<AzureConfig> fresh = read_again();
    if (fresh.ok() && !(fresh->account_key.empty() && fresh->sas.empty())) last = KeyOf(*fresh);
    AzureKey key = last;
    key.expires = clock.NowMs() + kFileKeptMs;
    if (!fresh.ok()) key.source += fmt::format(" as it was, since now: {}", Message(fresh.status()));
    return key;
  };
  return std::make_unique<Expiring<AzureKey>>(fetch, clock);
}

}  // namespace varve
