// The places where Credentials looks, in the order it looks there.
//
// Shape    local ones: the config, environment variables, the shared credentials file; files are read again every few minutes and
//          when the server refuses their keys. Remote ones
//          speak HTTP: STS for web identity, the container's endpoint, the instance's metadata service (version 2 alone).
// Source   AWS SDKs and Tools Reference Guide, "Standardized credential providers"; minio-go's order of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "objstore/env_expansion.h"
#include "objstore/http/transport.h"
#include "objstore/s3/credentials.h"
#include "objstore/s3/s3_config.h"

namespace varve {

struct CredentialsOptions {
  EnvLookup env = ProcessEnv;
  Clock* clock = &SystemClock();
  std::string metadata_url = "http://169.254.169.254";  // AWS_EC2_METADATA_SERVICE_ENDPOINT overrides it
  std::string container_url = "http://169.254.170.2";   // for relative URIs
};

// `config` outlives the answer.
absl::StatusOr<std::unique_ptr<Credentials>> MakeCredentials(const S3Config& config, CredentialsOptions options = {});

std::unique_ptr<CredentialsSource> NewConfigSource(const S3Config& config, Clock& clock);
std::unique_ptr<CredentialsSource> NewTutorialEnvSource(EnvLookup env);  // S3_ACCESS_KEY and S3_SECRET_KEY
std::unique_ptr<CredentialsSource> NewAwsEnvSource(EnvLookup env);
std::unique_ptr<CredentialsSource> NewSharedFileSource(EnvLookup env, Clock& clock);

using SharedTransport = std::shared_ptr<HttpTransport>;
std::unique_ptr<CredentialsSource> NewWebIdentitySource(EnvLookup env, const S3Config& config, SharedTransport transport);
std::unique_ptr<CredentialsSource> NewContainerSource(EnvLookup env, std::string base_url, SharedTransport transport);
std::unique_ptr<CredentialsSource> NewMetadataSource(EnvLookup env, std::string base_url, SharedTransport transport);

}  // namespace varve
