// XOR chunks decoded together: as they are one by one, samples and failures. The first byte says into how many chunks the rest falls.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "chunkenc/xor.h"
#include "chunkenc/xor_batch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t count = 4 + data[0] % (varve::kXorBatchMax - 3);
  const varve::Bytes rest = std::as_bytes(std::span(data + 1, size - 1));
  const size_t share = rest.size() / count;
  std::vector<varve::ByteBuffer> chunks;
  for (size_t i = 0; i < count; ++i) {
    const varve::Bytes part = rest.subspan(i * share, share);
    chunks.emplace_back(part.begin(), part.end());
  }
  const std::vector<varve::Bytes> views(chunks.begin(), chunks.end());
  varve::FloatColumns together, single;
  const bool ok = varve::DecodeXorBatch(views, together).ok();
  VARVE_CHECK(ok == std::ranges::all_of(views, [&](varve::Bytes chunk) { return varve::DecodeXor(chunk, single).ok(); }));
  if (!ok) return 0;
  VARVE_CHECK(together.times == single.times);
  for (size_t i = 0; i < single.size(); ++i) {
    VARVE_CHECK(std::bit_cast<uint64_t>(together.values[i]) == std::bit_cast<uint64_t>(single.values[i]));
  }
  return 0;
}
