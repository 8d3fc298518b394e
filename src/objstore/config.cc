#include "objstore/config.h"

#include <algorithm>
#include <array>
#include <random>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/adaptive_bucket.h"
#include "objstore/azure/azure_bucket.h"
#include "objstore/env_expansion.h"
#include "objstore/filesystem_bucket.h"
#include "objstore/gcs/gcs_bucket.h"
#include "objstore/metered_bucket.h"
#include "objstore/object_name.h"
#include "objstore/prefixed_bucket.h"
#include "objstore/s3/s3_bucket.h"
#include "runtime/files.h"

namespace varve {
namespace {

constexpr std::array<std::string_view, 10> kProviders = {"S3",        "GCS", "AZURE", "SWIFT", "COS",
                                                         "ALIYUNOSS", "BOS", "OCI",   "OBS",   "FILESYSTEM"};

std::string UpperCase(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string WithoutSlashesAround(std::string text) {
  const size_t first = text.find_first_not_of('/');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of('/') - first + 1);
}

absl::StatusOr<std::unique_ptr<Bucket>> MakeFilesystemBucket(const YamlNode& node) {
  std::string directory;
  YamlMap map(node, "config of type FILESYSTEM");
  map.Read("directory", directory);
  VARVE_RETURN_IF_ERROR(map.Finish());
  return NewFilesystemBucket(directory);
}

// Reads the provider's part of the file as it is then; null without a file.
template <typename Config>
std::function<absl::StatusOr<Config>()> ReadAgain(const std::string& path, absl::StatusOr<Config> (*read)(const YamlNode&)) {
  if (path.empty()) return nullptr;
  return [path, read]() -> absl::StatusOr<Config> {
    VARVE_ASSIGN_OR_RETURN(const std::string text, RealFiles().ReadAll(path));
    VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(text));
    VARVE_ASSIGN_OR_RETURN(const BucketConfig config, ParseBucketConfig(yaml));
    return read(config.config);
  };
}

absl::StatusOr<std::unique_ptr<Bucket>> MakeProvider(BucketConfig& config, const Logger& logger, const std::string& path) {
  if (config.type == "FILESYSTEM") return MakeFilesystemBucket(config.config);
  if (config.type == "S3") {
    VARVE_ASSIGN_OR_RETURN(S3Config s3, ReadS3Config(config.config));
    s3.mark_raw_chunks = config.tuning.mark_raw_chunks;
    if (s3.max_retries > 0) config.tuning.attempts_max = s3.max_retries;  // minio counts the first one too
    s3.read_again = ReadAgain(path, ReadS3Config);
    return NewS3Bucket(std::move(s3), logger);
  }
  if (config.type == "GCS") {
    VARVE_ASSIGN_OR_RETURN(GcsConfig gcs, ReadGcsConfig(config.config));
    gcs.mark_raw_chunks = config.tuning.mark_raw_chunks;
    if (gcs.max_retries > 0) config.tuning.attempts_max = gcs.max_retries;
    gcs.read_again = ReadAgain(path, ReadGcsConfig);
    return NewGcsBucket(std::move(gcs), logger);
  }
  if (config.type == "AZURE") {
    VARVE_ASSIGN_OR_RETURN(AzureConfig azure, ReadAzureConfig(config.config));
    azure.mark_raw_chunks = config.tuning.mark_raw_chunks;
    if (azure.tries_max > 0) config.tuning.attempts_max = azure.tries_max;
    azure.read_again = ReadAgain(path, ReadAzureConfig);
    return NewAzureBucket(std::move(azure), logger);
  }
  return Unimplemented("object storage type {}: Varve has no client for it; types S3, GCS, AZURE and FILESYSTEM work",
                       config.type);
}

}  // namespace

absl::StatusOr<BucketConfig> ParseBucketConfig(std::string_view yaml) {
  VARVE_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::Parse(yaml));
  BucketConfig config;
  YamlMap map(root, "objstore config");
  map.Read("type", config.type);
  if (const YamlNode* node = map.Child("config")) config.config = *node;
  map.Read("prefix", config.prefix);
  const YamlNode* hedging = map.Child("hedging_config");  // read by Thanos' store from the same document
  const YamlNode* tuning = map.Child("varve");
  VARVE_RETURN_IF_ERROR(map.Finish());

  config.type = UpperCase(config.type);
  if (std::find(kProviders.begin(), kProviders.end(), config.type) == kProviders.end()) {
    return InvalidArgument("objstore config: bucket with type {:?} is not supported; known types: {}", config.type,
                           fmt::join(kProviders, ", "));
  }
  VARVE_ASSIGN_OR_RETURN(config.tuning, ParseBucketTuning(config.type, tuning, hedging));
  config.prefix = WithoutSlashesAround(std::move(config.prefix));
  if (!config.prefix.empty()) VARVE_RETURN_IF_ERROR(Annotate(CheckObjectName(config.prefix), "objstore config: prefix"));
  return config;
}

absl::StatusOr<std::unique_ptr<Bucket>> MakeBucket(std::string_view yaml, MetricsRegistry& registry, const Logger& logger,
                                                   const std::string& path) {
  VARVE_ASSIGN_OR_RETURN(BucketConfig config, ParseBucketConfig(yaml));
  logger.Info("loading bucket configuration", {{"type", config.type}, {"prefix", config.prefix}});
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<Bucket> provider, MakeProvider(config, logger, path));
  std::unique_ptr<Bucket> adaptive =
      NewAdaptiveBucket(std::move(provider), config.tuning, registry, logger, SystemClock(), std::random_device()());
  return NewMeteredBucket(NewPrefixedBucket(std::move(adaptive), config.prefix), registry);
}

}  // namespace varve
