#include "objstore/s3/credentials.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr TimestampMs kFetchBeforeMs = 5 * 60'000;  // AWS hands out new keys at least this early
constexpr TimestampMs kFailureKeptMs = 5'000;

}  // namespace

Credentials::Credentials(std::vector<std::unique_ptr<CredentialsSource>> sources, Clock& clock)
    : sources_(std::move(sources)), clock_(clock) {}

Credentials::Need Credentials::NeedToFetch() const {
  if (!current_.has_value()) return Need::kNow;
  if (!current_->expires.has_value()) return Need::kNone;
  const TimestampMs left = *current_->expires - clock_.NowMs();
  return left <= 0 ? Need::kNow : left < kFetchBeforeMs ? Need::kSoon : Need::kNone;
}

absl::StatusOr<AwsCredentials> Credentials::Get(const Context& ctx) {
  MutexLock lock(mutex_);
  return GetLocked(ctx, lock);
}

absl::StatusOr<AwsCredentials> Credentials::GetLocked(const Context& ctx, MutexLock& lock) {
  while (true) {
    const Need need = NeedToFetch();
    if (need == Need::kNone || (need == Need::kSoon && (fetching_ || clock_.NowMs() < retry_at_))) return *current_;
    if (!fetching_) {
      if (clock_.NowMs() < retry_at_) return failure_;
      break;
    }
    fetched_changed_.wait_for(lock, ctx.stop_token(),
                              std::min<Context::Clock::duration>(ctx.time_left(), std::chrono::seconds(1)),
                              [this] { return !fetching_; });
    VARVE_RETURN_IF_ERROR(ctx.Check());
  }
  fetching_ = true;
  lock.unlock();
  absl::StatusOr<AwsCredentials> fetched = FetchFromFirst(ctx);
  lock.lock();
  fetching_ = false;
  fetched_changed_.notify_all();
  const bool callers_fault = !fetched.ok() && !ctx.Check().ok();
  if (callers_fault) return NeedToFetch() == Need::kNow ? fetched : *current_;
  Keep(std::move(fetched));
  if (NeedToFetch() == Need::kNow) {
    return failure_.ok() ? FailedPrecondition("the credentials of {} have expired", current_->source) : failure_;
  }
  return *current_;
}

void Credentials::Keep(absl::StatusOr<AwsCredentials> fetched) {
  if (fetched.ok()) {
    current_ = *std::move(fetched);
    failure_ = absl::OkStatus();
    retry_at_ = NeedToFetch() == Need::kNone ? 0 : clock_.NowMs() + kFailureKeptMs;  // short-lived ones are not fetched each time
  } else {
    failure_ = fetched.status();
    retry_at_ = clock_.NowMs() + kFailureKeptMs;
  }
}

bool Credentials::Renew(const Context& ctx, const AwsCredentials& refused) {
  MutexLock lock(mutex_);
  if (current_.has_value() && *current_ == refused) {
    if (!refused.expires.has_value()) return false;  // such do not change
    current_->expires = 0;
    retry_at_ = 0;
  }
  const absl::StatusOr<AwsCredentials> fresh = GetLocked(ctx, lock);
  return fresh.ok() && (fresh->access_key != refused.access_key || fresh->secret_key != refused.secret_key ||
                        fresh->session_token != refused.session_token);
}

absl::StatusOr<AwsCredentials> Credentials::FetchFromFirst(const Context& ctx) {
  std::vector<std::string_view> looked_at;
  for (const auto& source : sources_) {
    VARVE_ASSIGN_OR_RETURN(std::optional<AwsCredentials> found, source->Fetch(ctx));
    if (found.has_value()) return *std::move(found);
    looked_at.push_back(source->looks_at());
  }
  return FailedPrecondition("no credentials for S3 were found; looked at: {}", fmt::join(looked_at, "; "));
}

std::string WithoutSecrets(std::string text, const AwsCredentials& credentials) {
  for (const std::string* secret : {&credentials.secret_key, &credentials.session_token}) {
    if (secret->empty()) continue;
    for (size_t at = text.find(*secret); at != std::string::npos; at = text.find(*secret, at))
      text.replace(at, secret->size(), "***");
  }
  return text;
}

}  // namespace varve
