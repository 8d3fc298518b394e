// Compressed bodies from the network, with a limit far below what they may claim.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "net/gzip.h"
#include "net/snappy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr uint64_t kLimit = 1 << 20;
  if (const auto plain = varve::SnappyDecompress(bytes, kLimit); plain.ok()) VARVE_CHECK(plain->size() <= kLimit);
  if (const auto plain = varve::GzipDecompress(bytes, kLimit); plain.ok()) VARVE_CHECK(plain->size() <= kLimit);
  VARVE_CHECK(varve::SnappyDecompress(varve::SnappyCompress(bytes), kLimit).value() == bytes);
  return 0;
}
