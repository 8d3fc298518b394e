#include "objstore/cache/cache_record.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/crc32c.h"

namespace varve {
namespace {

constexpr std::string_view kMagic = "VRV1";
constexpr size_t kServerKeyBytesMax = 200;  // memcached takes 250

uint32_t ChecksumOf(std::string_view key, Bytes value) {
  ByteWriter head;
  head.U64(key.size());
  return Crc32c(value, Crc32c(AsBytes(key), Crc32c(head.bytes())));
}

std::string Sha256Text(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

}  // namespace

ByteBuffer SealCacheRecord(std::string_view key, Bytes value) {
  ByteWriter record;
  record.Append(AsBytes(kMagic));
  record.U32(ChecksumOf(key, value));
  record.Append(value);
  return record.Release();
}

std::optional<Bytes> OpenCacheRecord(std::string_view key, Bytes record) {
  if (record.size() < kCacheRecordOverheadBytes || AsText(record.first(kMagic.size())) != kMagic) return std::nullopt;
  const Bytes value = record.subspan(kCacheRecordOverheadBytes);
  ByteReader checksum(record.subspan(kMagic.size(), 4));
  if (checksum.U32() != ChecksumOf(key, value)) return std::nullopt;
  return value;
}

std::string CacheServerKey(std::string_view prefix, std::string_view key) {
  const auto plain = [](char c) { return c > ' ' && c < 127; };
  std::string text = std::string(prefix).append(key);
  if (text.size() <= kServerKeyBytesMax && std::all_of(text.begin(), text.end(), plain)) return text;
  return "varve:" + Sha256Text(text);
}

}  // namespace varve
