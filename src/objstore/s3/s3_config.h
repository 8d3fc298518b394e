// The S3 part of the object storage YAML: every key of Thanos', with its defaults.
//
// Errors   InvalidArgument naming the key and what to write instead; unknown keys are errors. Unimplemented for signature_version2.
// Source   thanos-io/objstore providers/s3/s3.go.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/yaml.h"
#include "objstore/http/http_config.h"

namespace varve {

enum class S3Lookup { kAuto, kVirtualHosted, kPath };
enum class S3Encryption { kNone, kSseS3, kSseKms, kSseC };

struct S3SseConfig {
  S3Encryption type = S3Encryption::kNone;
  std::string kms_key_id;
  std::map<std::string, std::string> kms_encryption_context;
  std::string encryption_key_file;  // of SSE-C: 32 bytes
};

struct S3Config {
  std::string bucket;
  std::string endpoint;  // host and maybe port
  std::string region;    // empty: told by the endpoint, or learned from the server
  bool insecure = false;
  bool dualstack = true;
  bool aws_sdk_auth = false;
  std::string access_key, secret_key, session_token;
  std::string sts_endpoint;
  std::map<std::string, std::string> put_user_metadata;
  bool list_v1 = false;
  S3Lookup lookup = S3Lookup::kAuto;
  bool send_content_md5 = true;
  bool disable_multipart = false;
  uint64_t part_size = 64 << 20;
  S3SseConfig sse;
  bool trace = false;
  int max_retries = 0;  // of whoever tries again; 0: its own default
  bool mark_raw_chunks = false;
  ObjstoreHttpConfig http;
  // The same document as it is now, of which the keys alone are taken anew; empty if it does not change.
  std::function<absl::StatusOr<S3Config>()> read_again;
};

absl::StatusOr<S3Config> ReadS3Config(const YamlNode& node);

// The headers of put_user_metadata: those S3 knows go as they are, others as x-amz-meta-*.
std::vector<std::pair<std::string, std::string>> UploadHeadersOf(const std::map<std::string, std::string>& put_user_metadata);

}  // namespace varve
