#include "objstore/s3/s3_encryption.h"

#include "base/errors.h"
#include "base/json_value.h"
#include "base/status_macros.h"
#include "objstore/digests.h"
#include "runtime/files.h"

namespace varve {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr std::string_view kPrefix = "x-amz-server-side-encryption";

std::string JsonOf(const std::map<std::string, std::string>& context) {
  JsonValue::Object object;
  for (const auto& [key, value] : context) object.emplace_back(key, JsonValue(JsonValue::Variant(value)));
  return JsonValue(JsonValue::Variant(std::move(object))).ToString();
}

}  // namespace

absl::StatusOr<S3EncryptionHeaders> S3EncryptionHeaders::Make(const S3SseConfig& config) {
  S3EncryptionHeaders headers;
  headers.config_ = config;
  if (config.type == S3Encryption::kSseKms) headers.context_base64_ = Base64Of(AsBytes(JsonOf(config.kms_encryption_context)));
  if (config.type != S3Encryption::kSseC) return headers;
  absl::StatusOr<std::string> key = RealFiles().ReadAll(config.encryption_key_file);
  if (!key.ok()) return Annotate(key.status(), "sse_config.encryption_key");
  if (key->size() != kKeyBytes) {
    return InvalidArgument("sse_config.encryption_key: {} holds {} bytes; SSE-C wants a key of exactly {}",
                           config.encryption_key_file, key->size(), kKeyBytes);
  }
  ContentDigests digests(true);
  digests.Update(AsBytes(*key));
  headers.key_base64_ = Base64Of(AsBytes(*key));
  headers.key_md5_base64_ = digests.TakeMd5Base64();
  return headers;
}

void S3EncryptionHeaders::AddToUpload(HttpHeaders& headers) const {
  if (config_.type == S3Encryption::kSseS3) headers.Set(kPrefix, "AES256");
  if (config_.type == S3Encryption::kSseKms) {
    headers.Set(kPrefix, "aws:kms");
    headers.Set(fmt::format("{}-aws-kms-key-id", kPrefix), config_.kms_key_id);
    headers.Set(fmt::format("{}-context", kPrefix), context_base64_);
  }
  AddKey(headers);
}

void S3EncryptionHeaders::AddKey(HttpHeaders& headers) const {
  if (config_.type != S3Encryption::kSseC) return;
  headers.Set(fmt::format("{}-customer-algorithm", kPrefix), "AES256");
  headers.Set(fmt::format("{}-customer-key", kPrefix), key_base64_);
  headers.Set(fmt::format("{}-customer-key-MD5", kPrefix), key_md5_base64_);
}

}  // namespace varve
