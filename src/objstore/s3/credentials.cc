#include "objstore/s3/credentials.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/bucket_errors.h"

namespace varve {

bool SameSecret(const AwsCredentials& a, const AwsCredentials& b) {
  return a.access_key == b.access_key && a.secret_key == b.secret_key && a.session_token == b.session_token;
}

Credentials::Credentials(std::vector<std::unique_ptr<CredentialsSource>> sources, Clock& clock)
    : sources_(std::move(sources)), current_([this](const Context& ctx) { return FetchFromFirst(ctx); }, clock) {}

absl::StatusOr<AwsCredentials> Credentials::FetchFromFirst(const Context& ctx) const {
  std::vector<std::string_view> looked_at;
  for (const auto& source : sources_) {
    VARVE_ASSIGN_OR_RETURN(std::optional<AwsCredentials> found, source->Fetch(ctx));
    if (found.has_value()) return *std::move(found);
    looked_at.push_back(source->looks_at());
  }
  return FailedPrecondition("no credentials for S3 were found; looked at: {}", fmt::join(looked_at, "; "));
}

std::string WithoutSecrets(std::string text, const AwsCredentials& credentials) {
  return WithoutText(WithoutText(std::move(text), credentials.secret_key), credentials.session_token);
}

}  // namespace varve
