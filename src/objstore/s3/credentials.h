// The keys requests are signed with: found where the user put them, fetched anew before they expire.
//
// Shape    a chain of sources, asked in this order; the first that has something to say is used:
//          the config; S3_ACCESS_KEY and S3_SECRET_KEY; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the shared credentials file;
//          web identity (IRSA); the container's endpoint (ECS, EKS pod identity); the instance's metadata (IMDSv2).
// Errors   FailedPrecondition naming what is half set, or all that was looked at if nothing was found; Unavailable if a source that
//          was found does not answer.
// Threads  share freely; see expiring.h.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "objstore/expiring.h"
#include "runtime/clock.h"
#include "runtime/context.h"

namespace varve {

struct AwsCredentials {
  std::string access_key, secret_key, session_token;
  std::optional<TimestampMs> expires;
  std::string source;  // for messages: "the config", "profile default of ~/.aws/credentials"
};

bool SameSecret(const AwsCredentials& a, const AwsCredentials& b);

class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;
  // No value: nothing is set up here, ask the next one.
  virtual absl::StatusOr<std::optional<AwsCredentials>> Fetch(const Context& ctx) = 0;
  virtual std::string_view looks_at() const = 0;  // "access_key and secret_key in the config"
};

class Credentials {
 public:
  // `clock` outlives this.
  Credentials(std::vector<std::unique_ptr<CredentialsSource>> sources, Clock& clock);

  absl::StatusOr<AwsCredentials> Get(const Context& ctx) { return current_.Get(ctx); }
  bool Renew(const Context& ctx, const AwsCredentials& refused) { return current_.Renew(ctx, refused); }  // see expiring.h

 private:
  absl::StatusOr<AwsCredentials> FetchFromFirst(const Context& ctx) const;

  const std::vector<std::unique_ptr<CredentialsSource>> sources_;
  Expiring<AwsCredentials> current_;
};

// `text` with every occurrence of a secret replaced, for texts that come from servers.
std::string WithoutSecrets(std::string text, const AwsCredentials& credentials);

}  // namespace varve
