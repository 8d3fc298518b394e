// Credentials in the bucket's config, which may be a mounted Secret whose keys are exchanged while we run.
#include "base/errors.h"
#include "objstore/s3/credentials_sources.h"

namespace varve {
namespace {

constexpr TimestampMs kFileKeptMs = 10 * 60'000;

using Found = std::optional<AwsCredentials>;

class ConfigSource : public CredentialsSource {
 public:
  ConfigSource(const S3Config& config, Clock& clock) : config_(config), clock_(clock) {}

  absl::StatusOr<Found> Fetch(const Context&) override {
    if (config_.access_key.empty()) return Found();
    if (!config_.read_again) return Found(KeysOf(config_));
    // A file that cannot be read takes nothing away: whether its last keys are still good is for the server to say.
    const absl::StatusOr<S3Config> fresh = config_.read_again();
    if (fresh.ok() && !fresh->access_key.empty()) last_ = KeysOf(*fresh);
    AwsCredentials keys = last_.value_or(KeysOf(config_));
    keys.expires = clock_.NowMs() + kFileKeptMs;
    if (!fresh.ok()) keys.source += fmt::format(" as it was, since now: {}", Message(fresh.status()));
    return Found(std::move(keys));
  }
  std::string_view looks_at() const override { return "access_key and secret_key in the bucket's config"; }

 private:
  static AwsCredentials KeysOf(const S3Config& config) {
    return {.access_key = config.access_key,
            .secret_key = config.secret_key,
            .session_token = config.session_token,
            .expires = std::nullopt,
            .source = "access_key in the bucket's config"};
  }

  const S3Config& config_;
  Clock& clock_;
  std::optional<AwsCredentials> last_;  // Expiring calls Fetch once at a time
};

}  // namespace

std::unique_ptr<CredentialsSource> NewConfigSource(const S3Config& config, Clock& clock) {
  return std::make_unique<ConfigSource>(config, clock);
}

}  // namespace varve
