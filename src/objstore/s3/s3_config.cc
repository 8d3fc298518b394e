#include "objstore/s3/s3_config.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "net/http_message.h"

namespace varve {
namespace {

constexpr uint64_t kPartSizeMin = 5 << 20;  // S3 takes no smaller part but the last
constexpr uint64_t kPartSizeMax = 5ull << 30;

absl::Status ReadSse(const YamlNode& node, S3SseConfig& sse) {
  std::string type;
  YamlMap map(node, "sse_config");
  map.Read("type", type);
  map.Read("kms_key_id", sse.kms_key_id);
  map.Read("kms_encryption_context", sse.kms_encryption_context);
  map.Read("encryption_key", sse.encryption_key_file);
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (type == "SSE-S3") {
    sse.type = S3Encryption::kSseS3;
  } else if (type == "SSE-KMS") {
    sse.type = S3Encryption::kSseKms;
  } else if (type == "SSE-C") {
    sse.type = S3Encryption::kSseC;
  } else if (!type.empty()) {
    return InvalidArgument("sse_config.type {:?} is unknown; write SSE-S3, SSE-KMS or SSE-C", type);
  }
  if (sse.type == S3Encryption::kSseKms && sse.kms_key_id.empty()) {
    return InvalidArgument("sse_config.kms_key_id must be set when sse_config.type is SSE-KMS");
  }
  if (sse.type == S3Encryption::kSseC && sse.encryption_key_file.empty()) {
    return InvalidArgument("sse_config.encryption_key must name a file when sse_config.type is SSE-C");
  }
  return absl::OkStatus();
}

absl::Status ReadLookup(const std::string& text, S3Lookup& lookup) {
  if (text == "path") {
    lookup = S3Lookup::kPath;
  } else if (text == "virtual-hosted") {
    lookup = S3Lookup::kVirtualHosted;
  } else if (text != "auto" && !text.empty()) {
    return InvalidArgument("bucket_lookup_type {:?} is unknown; write auto, virtual-hosted or path", text);
  }
  return absl::OkStatus();
}

absl::Status ReadListVersion(const std::string& text, bool& list_v1) {
  list_v1 = text == "v1";
  if (list_v1 || text.empty() || text == "v2") return absl::OkStatus();
  return InvalidArgument("list_objects_version {:?} is unknown; write v1 or v2", text);
}

absl::Status CheckEndpoint(const S3Config& config) {
  const std::string& endpoint = config.endpoint;
  if (endpoint.empty()) return InvalidArgument("endpoint is missing; write for example s3.eu-west-1.amazonaws.com");
  if (const size_t scheme = endpoint.find("://"); scheme != std::string::npos) {
    return InvalidArgument("endpoint {:?} has a scheme; write {} and {}", endpoint, endpoint.substr(scheme + 3),
                           endpoint.starts_with("http:") ? "insecure: true" : "insecure: false");
  }
  if (endpoint.find_first_of("/?#@ \t") != std::string::npos) {
    return InvalidArgument("endpoint {:?} is to be a host and maybe a port, without a path; the bucket has a key of its own",
                           endpoint);
  }
  if (config.bucket.empty()) return InvalidArgument("bucket is missing");
  if (config.bucket.find('/') != std::string::npos) {
    return InvalidArgument("bucket {:?} has a slash; a folder in the bucket goes into `prefix`, beside `type`", config.bucket);
  }
  return absl::OkStatus();
}

// What was meant as a variable, and is not set: ${NAME} stays in the text then.
bool IsUnsetVariable(std::string_view text) { return text.starts_with("${") && text.ends_with('}'); }

absl::Status CheckKeys(const S3Config& config) {
  for (const auto& [key, value] : {std::pair{"access_key", &config.access_key}, {"secret_key", &config.secret_key}}) {
    if (IsUnsetVariable(*value)) return InvalidArgument("{} refers to {}, which is not set", key, *value);
  }
  if (config.aws_sdk_auth && !config.access_key.empty()) {
    return InvalidArgument("aws_sdk_auth and access_key exclude each other; leave one out");
  }
  if (config.access_key.empty() != config.secret_key.empty()) {
    return InvalidArgument("{} is set without {}; give both, or neither to use environment variables, files or the cloud's role",
                           config.access_key.empty() ? "secret_key" : "access_key",
                           config.access_key.empty() ? "access_key" : "secret_key");
  }
  return absl::OkStatus();
}

absl::Status CheckPartSize(uint64_t part_size) {
  if (part_size >= kPartSizeMin && part_size <= kPartSizeMax) return absl::OkStatus();
  return InvalidArgument("part_size {} is out of range: S3 takes parts from 5242880 (5 MiB) to 5368709120 bytes", part_size);
}

bool IsHeaderOfS3(std::string_view name) {
  constexpr std::string_view kKnown[] = {"content-type",        "cache-control",    "content-encoding",
                                         "content-disposition", "content-language", "expires"};
  return EqualsIgnoringCase(name.substr(0, 6), "x-amz-") ||
         std::any_of(std::begin(kKnown), std::end(kKnown), [&](auto known) { return EqualsIgnoringCase(name, known); });
}

void ReadFlags(YamlMap& map, S3Config& config, bool& signature_v2) {
  bool disable_dualstack = false;
  map.Read("disable_dualstack", disable_dualstack);
  map.Read("aws_sdk_auth", config.aws_sdk_auth);
  map.Read("insecure", config.insecure);
  map.Read("signature_version2", signature_v2);
  map.Read("send_content_md5", config.send_content_md5);
  map.Read("disable_multipart", config.disable_multipart);
  config.dualstack = !disable_dualstack;
}

void ReadChildren(YamlMap& map, S3Config& config) {
  if (const YamlNode* child = map.Child("http_config")) {
    absl::StatusOr<ObjstoreHttpConfig> http = ReadObjstoreHttpConfig(*child, "http_config");
    if (http.ok()) {
      config.http = *std::move(http);
    } else {
      map.Fail(http.status());
    }
  }
  if (const YamlNode* child = map.Child("trace")) {
    YamlMap trace(*child, "trace");
    trace.Read("enable", config.trace);
    map.Fail(trace.Finish());
  }
  if (const YamlNode* child = map.Child("sse_config")) map.Fail(ReadSse(*child, config.sse));
}

}  // namespace

absl::StatusOr<S3Config> ReadS3Config(const YamlNode& node) {
  S3Config config;
  std::string lookup, list_version;
  bool signature_v2 = false;
  YamlMap map(node, "config of type S3");
  map.Read("bucket", config.bucket);
  map.Read("endpoint", config.endpoint);
  map.Read("region", config.region);
  map.Read("access_key", config.access_key);
  map.Read("secret_key", config.secret_key);
  map.Read("session_token", config.session_token);
  map.Read("put_user_metadata", config.put_user_metadata);
  map.Read("list_objects_version", list_version);
  map.Read("bucket_lookup_type", lookup);
  map.Read("part_size", config.part_size);
  map.Read("sts_endpoint", config.sts_endpoint);
  map.Read("max_retries", config.max_retries);
  ReadFlags(map, config, signature_v2);
  ReadChildren(map, config);
  map.Fail(ReadLookup(lookup, config.lookup));
  map.Fail(ReadListVersion(list_version, config.list_v1));
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (signature_v2) {
    return Unimplemented(
        "signature_version2: Varve signs with version 4 alone, as version 2 is broken for long-lived keys and "
        "AWS has turned it off; leave it out");
  }
  VARVE_RETURN_IF_ERROR(CheckEndpoint(config));
  VARVE_RETURN_IF_ERROR(CheckKeys(config));
  if (config.part_size == 0) config.part_size = S3Config().part_size;
  VARVE_RETURN_IF_ERROR(CheckPartSize(config.part_size));
  return config;
}

std::vector<std::pair<std::string, std::string>> UploadHeadersOf(const std::map<std::string, std::string>& put_user_metadata) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : put_user_metadata)
    headers.emplace_back(IsHeaderOfS3(name) ? name : "x-amz-meta-" + name, value);
  return headers;
}

}  // namespace varve
