// Who we are to Google: access tokens for service accounts and for what runs in its cloud.
//
// Shape    asked in this order: `service_account` of the config, the file named by GOOGLE_APPLICATION_CREDENTIALS, the one gcloud
//          leaves in the home folder, the metadata server (workload identity included). A key file of type service_account signs a
//          request for a token by itself (JWT, RS256); one of type authorized_user has a refresh token.
// Errors   FailedPrecondition naming what is wrong with which of them; other types of key files are Unimplemented.
// Source   Google Identity, "Using OAuth 2.0 for Server to Server Applications"; AIP-4110.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "objstore/env_expansion.h"
#include "objstore/expiring.h"
#include "objstore/gcs/gcs_config.h"
#include "objstore/http/bearer_token.h"
#include "objstore/http/transport.h"
#include "runtime/clock.h"

namespace varve {

struct GcsTokenOptions {
  EnvLookup env = ProcessEnv;
  Clock* clock = &SystemClock();
  std::string metadata_url = "http://169.254.169.254";  // GCE_METADATA_HOST overrides it
};

// `config` is read anew for each token, and so are files that the environment names: accounts are exchanged while we run.
absl::StatusOr<std::unique_ptr<Expiring<BearerToken>>> MakeGcsTokens(const GcsConfig& config, GcsTokenOptions options = {});

// header.claims.signature of a service account that asks for a token; for tests.
absl::StatusOr<std::string> SignedJwt(const std::string& private_key_pem, const std::string& claims_json);

}  // namespace varve
