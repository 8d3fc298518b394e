// Decodes neighbours among the chunks of a series at once (chunkenc/xor_batch.h), which is most of what a long range consists of.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstddef>

#include "chunkenc/chunk.h"
#include "model/sample.h"

namespace varve {

// Appends the samples of the XOR chunks that chunk_at(0), chunk_at(1) ... begin with, as far as each begins behind the end of the
// one before; null ends them. The number of chunks it took; 0, with `out` as it was, where there is nothing to gain or something is
// wrong that is better told chunk by chunk: damage, or samples that do not ascend.
size_t DecodeXorRun(absl::FunctionRef<const ChunkView*(size_t)> chunk_at, FloatColumns& out);

}  // namespace varve
