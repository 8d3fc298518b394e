// Where a bucket is: host, region and whether the bucket's name is part of the host or of the path.
//
// Shape    AWS' own endpoints are spelled with the region and, unless turned off, as dual-stack (IPv4 and IPv6); others are taken
//          as they are. "auto" puts the bucket into the host for AWS and Google, when TLS allows (a dot in the name does not).
// Threads  SetRegion and the readers may meet.
// Source   AWS General Reference, S3 endpoints; minio-go's reading of bucket_lookup_type.
#pragma once

#include <string>
#include <string_view>

#include "base/mutex.h"
#include "objstore/s3/s3_config.h"

namespace varve {

struct S3Address {
  std::string origin;  // https://host:port
  std::string host;    // as it goes into the Host header, and is signed
  std::string path;    // of the bucket: "" or "/bucket", escaped
  std::string region;
};

class S3Endpoint {
 public:
  explicit S3Endpoint(const S3Config& config);

  S3Address Address() const;
  // What the server said. False: that is what we used already, or what it said is no region.
  bool SetRegion(std::string_view region);

 private:
  std::string HostIn(const std::string& region) const;

  const S3Config& config_;
  mutable Mutex mutex_;
  std::string region_ ABSL_GUARDED_BY(mutex_);
};

// The region in the name of one of AWS' endpoints, else empty.
std::string RegionOfAwsEndpoint(std::string_view endpoint);

}  // namespace varve
