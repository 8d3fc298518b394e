#include "net/snappy.h"

#include <snappy.h>

#include "base/errors.h"

namespace varve {

std::string SnappyCompress(std::string_view bytes) {
  std::string out;
  snappy::Compress(bytes.data(), bytes.size(), &out);
  return out;
}

absl::StatusOr<std::string> SnappyDecompress(std::string_view bytes, uint64_t bytes_max) {
  size_t length = 0;
  if (!snappy::GetUncompressedLength(bytes.data(), bytes.size(), &length)) return InvalidArgument("snappy: corrupt input");
  if (length > bytes_max) return ResourceExhausted("snappy: {} bytes when unpacked, {} are allowed", length, bytes_max);
  // The format cannot make more than 64 bytes out of three: a longer announcement is a lie meant to make us allocate.
  if (length > bytes.size() * 22) return InvalidArgument("snappy: corrupt input");
  std::string out;
  out.resize(length);
  if (!snappy::RawUncompress(bytes.data(), bytes.size(), out.data())) return InvalidArgument("snappy: corrupt input");
  return out;
}

}  // namespace varve
