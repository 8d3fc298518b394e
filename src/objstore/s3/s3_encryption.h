// Server-side encryption: the headers that ask for it, and those that carry the customer's key (SSE-C).
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "net/http_message.h"
#include "objstore/s3/s3_config.h"

namespace varve {

class S3EncryptionHeaders {
 public:
  // Reads the key's file. InvalidArgument if it does not hold 32 bytes.
  static absl::StatusOr<S3EncryptionHeaders> Make(const S3SseConfig& config);

  void AddToUpload(HttpHeaders& headers) const;  // of a whole object, or of the start of one in parts
  void AddToPart(HttpHeaders& headers) const { AddKey(headers); }
  void AddToRead(HttpHeaders& headers) const { AddKey(headers); }

 private:
  void AddKey(HttpHeaders& headers) const;

  S3SseConfig config_;
  std::string context_base64_;
  std::string key_base64_, key_md5_base64_;
};

}  // namespace varve
