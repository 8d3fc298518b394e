// Digests and text forms of bytes that signatures and checksums of object stores are made of.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace varve {

using Sha256Digest = std::array<std::byte, 32>;

Sha256Digest Sha256(Bytes bytes);
Sha256Digest HmacSha256(Bytes key, std::string_view text);

std::string Md5Hex(Bytes bytes);  // empty where OpenSSL must not (FIPS)

std::string HexOf(Bytes bytes);  // lower case
std::string Base64Of(Bytes bytes);
absl::StatusOr<std::string> FromBase64(std::string_view text);  // InvalidArgument for what is not padded base64

// Digests of content that comes in parts.
class ContentDigests {
 public:
  explicit ContentDigests(bool with_md5);  // MD5 takes twice as long as SHA-256
  ~ContentDigests();

  void Update(Bytes bytes);
  // Once, at the end.
  std::string TakeSha256Hex();
  std::string TakeMd5Base64();  // empty if there is none

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace varve
