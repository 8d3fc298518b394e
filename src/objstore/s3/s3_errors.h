// What an answer of S3 that is an error means to whoever runs Varve: whether to try again, and which setting to look at.
//
// Errors   codes as bucket.h has them: NotFound for an absent object alone; an absent bucket is FailedPrecondition. Messages carry the
//          server's code, words and request id, never a key or token.
// Threads  functions of values.
// Source   S3 API reference, "Error responses"; replies of Ceph RGW and Swift s3api.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

#include "objstore/http/transport.h"
#include "objstore/s3/credentials.h"
#include "objstore/s3/s3_answers.h"

namespace varve {

struct S3Failure {
  std::string_view what;        // "read", "list", ...
  std::string_view permission;  // s3:GetObject
  std::string_view bucket, key;
  std::string_view endpoint;
  std::string_view region;  // we signed for
  const AwsCredentials& credentials;
  const TransportResponse& response;
  const S3Error& error;
  TimestampMs now;
};

absl::Status S3FailureStatus(const S3Failure& failure);

// What the keys were refused for may pass with fresh ones.
bool IsAboutExpiredCredentials(std::string_view code);
// The region the bucket is in, as a refusal tells it; empty if it does not.
std::string RegionHint(const TransportResponse& response, const S3Error& error);

}  // namespace varve
