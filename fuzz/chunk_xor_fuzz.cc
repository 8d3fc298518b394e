// XOR chunks: the batch decoder must answer what a plain decoder answers that reads one bit at a time, bit for bit.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "chunkenc/testing/plain_xor.h"
#include "chunkenc/xor.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const varve::Bytes bytes = std::as_bytes(std::span(data, size));
  varve::FloatColumns batch, plain;
  const bool ok = varve::DecodeXor(bytes, batch).ok();
  VARVE_CHECK(ok == varve::PlainDecodeXor(bytes, plain).ok());
  if (!ok) return 0;
  VARVE_CHECK(batch.times == plain.times);
  for (size_t i = 0; i < batch.size(); ++i) {
    VARVE_CHECK(std::bit_cast<uint64_t>(batch.values[i]) == std::bit_cast<uint64_t>(plain.values[i]));
  }
  return 0;
}
