#include "storage/decode_run.h"

#include <algorithm>
#include <array>
#include <span>

#include "chunkenc/xor_batch.h"
#include "model/column_scans.h"

namespace varve {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kPrefetchBytesMax = 4 * kCacheLine;

}  // namespace

size_t DecodeXorRun(absl::FunctionRef<const ChunkView*(size_t)> chunk_at, FloatColumns& out) {
  std::array<Bytes, kXorBatchMax> run;
  size_t count = 0;
  TimestampMs last = 0;
  while (count < run.size()) {
    const ChunkView* const chunk = chunk_at(count);
    if (chunk == nullptr || chunk->encoding != ChunkEncoding::kXor) break;
    if (count > 0 && chunk->min_time <= last) break;
    last = chunk->max_time;
    run[count++] = chunk->data;
    for (size_t at = 0; at < std::min(chunk->data.size(), kPrefetchBytesMax); at += kCacheLine)
      __builtin_prefetch(chunk->data.data() + at);
  }
  if (count < 2) return 0;
  const size_t before = out.size();
  const bool ok = DecodeXorBatch(std::span(run).first(count), out).ok();
  if (ok && StrictlyAscend(std::span(out.times).subspan(before))) return count;
  out.Resize(before);
  return 0;
}

}  // namespace varve
