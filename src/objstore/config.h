// The object storage YAML of Thanos' users, and the bucket it describes.
//
//   type: FILESYSTEM          # or S3, GCS, AZURE; any case; every provider of Thanos is known by name
//   config:
//     directory: /data/bucket
//   prefix: tenants/a         # optional
//   hedging_config: {...}     # optional, and so is `varve: {...}`: objstore/adaptive/bucket_tuning.h
//
// Errors   InvalidArgument for what is not such a document, unknown keys included; Unimplemented for a provider of Thanos' that
//          Varve cannot speak to yet.
// Source   thanos-io/objstore client/factory.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/yaml.h"
#include "objstore/adaptive/bucket_tuning.h"
#include "objstore/bucket.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

struct BucketConfig {
  std::string type;    // upper case, one of Thanos' providers
  YamlNode config;     // the provider's own part, not looked into yet
  std::string prefix;  // without slashes around it
  BucketTuning tuning;
};

absl::StatusOr<BucketConfig> ParseBucketConfig(std::string_view yaml);

// The bucket of `yaml`, under its prefix, behind the adaptive client, with Thanos' metrics. `registry` outlives it. `path`: the file
// that `yaml` was read from, if any; keys and accounts are read again from it, every few minutes and when they are refused.
absl::StatusOr<std::unique_ptr<Bucket>> MakeBucket(std::string_view yaml, MetricsRegistry& registry, const Logger& logger,
                                                   const std::string& path = "");

}  // namespace varve
