#include "objstore/s3/credentials_sources.h"

#include "base/status_macros.h"

namespace varve {

absl::StatusOr<std::unique_ptr<Credentials>> MakeCredentials(const S3Config& config, CredentialsOptions options) {
  std::vector<std::unique_ptr<CredentialsSource>> sources;
  if (!config.access_key.empty()) {
    sources.push_back(NewConfigSource(config, *options.clock));
    return std::make_unique<Credentials>(std::move(sources), *options.clock);
  }
  // A private STS is behind the same authority as the bucket; Amazon's is not.
  ObjstoreHttpConfig http = config.sts_endpoint.empty() ? ObjstoreHttpConfig() : config.http;
  VARVE_ASSIGN_OR_RETURN(const SharedTransport transport, HttpTransport::Make(std::move(http)));
  sources.push_back(NewConfigSource(config, *options.clock));
  if (!config.aws_sdk_auth) sources.push_back(NewTutorialEnvSource(options.env));  // the SDK does not know these
  sources.push_back(NewAwsEnvSource(options.env));
  sources.push_back(NewSharedFileSource(options.env, *options.clock));
  sources.push_back(NewWebIdentitySource(options.env, config, transport));
  sources.push_back(NewContainerSource(options.env, options.container_url, transport));
  sources.push_back(NewMetadataSource(options.env, options.metadata_url, transport));
  return std::make_unique<Credentials>(std::move(sources), *options.clock);
}

}  // namespace varve
