// What requests to a bucket cost, to put a price on queries and roles. The defaults are the list prices of AWS S3 Standard in us-east-1,
// read from the same region; a folder on a local disk costs nothing.
//
// Units    dollars: for a thousand requests, for a GiB.
// Source   aws.amazon.com/s3/pricing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/bucket_usage.h"

namespace varve {

struct BucketPrices {
  std::array<double, kBucketRequestKinds> per_1000 = {0.005, 0.0004, 0.0004, 0.005, 0};  // by BucketRequest
  double read_per_gib = 0;                                                               // 0.09 when it leaves for the internet

  uint64_t NanodollarsOf(BucketRequest kind) const;
  uint64_t NanodollarsOfRead(uint64_t bytes) const;
};

BucketPrices PricesOf(std::string_view provider);  // of a Bucket

}  // namespace varve
