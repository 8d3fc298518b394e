#include "objstore/digests.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/errors.h"

namespace varve {
namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

DigestContext NewDigest(const EVP_MD* kind) {
  DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  VARVE_CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), kind, nullptr) == 1);
  return context;
}

ByteBuffer Take(EVP_MD_CTX* context) {
  ByteBuffer digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  VARVE_CHECK(EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(digest.data()), &size) == 1);
  digest.resize(size);
  return digest;
}

}  // namespace

Sha256Digest Sha256(Bytes bytes) {
  Sha256Digest digest;
  VARVE_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
                         nullptr) == 1);
  return digest;
}

Sha256Digest HmacSha256(Bytes key, std::string_view text) {
  Sha256Digest digest;
  VARVE_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), AsU8(AsBytes(text)), text.size(),
                   reinterpret_cast<unsigned char*>(digest.data()), nullptr) != nullptr);
  return digest;
}

std::string Md5Hex(Bytes bytes) {
  std::array<std::byte, 16> digest;
  unsigned int size = 0;
  auto* out = reinterpret_cast<unsigned char*>(digest.data());
  if (EVP_Digest(bytes.data(), bytes.size(), out, &size, EVP_md5(), nullptr) != 1) return "";
  return HexOf(digest);
}

std::string HexOf(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text += kDigits[std::to_integer<size_t>(b) >> 4];
    text += kDigits[std::to_integer<size_t>(b) & 15];
  }
  return text;
}

std::string Base64Of(Bytes bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and the zero that OpenSSL writes
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), AsU8(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

absl::StatusOr<std::string> FromBase64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = text.size() % 4 != 0 ? -1
                                        : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), AsU8(AsBytes(text)),
                                                          static_cast<int>(text.size()));
  if (size < 0) return InvalidArgument("not base64");
  bytes.resize(static_cast<size_t>(size) - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
  return bytes;
}

struct ContentDigests::State {
  DigestContext sha256 = NewDigest(EVP_sha256());
  DigestContext md5{nullptr, EVP_MD_CTX_free};
};

ContentDigests::ContentDigests(bool with_md5) : state_(std::make_unique<State>()) {
  if (with_md5) state_->md5 = NewDigest(EVP_md5());
}
ContentDigests::~ContentDigests() = default;

void ContentDigests::Update(Bytes bytes) {
  VARVE_CHECK(EVP_DigestUpdate(state_->sha256.get(), bytes.data(), bytes.size()) == 1);
  if (state_->md5 != nullptr) VARVE_CHECK(EVP_DigestUpdate(state_->md5.get(), bytes.data(), bytes.size()) == 1);
}

std::string ContentDigests::TakeSha256Hex() { return HexOf(Take(state_->sha256.get())); }

std::string ContentDigests::TakeMd5Base64() { return state_->md5 == nullptr ? "" : Base64Of(Take(state_->md5.get())); }

}  // namespace varve
