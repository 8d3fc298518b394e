// Decodes many XOR chunks at once, as a range over a long time has them: side by side, one a lane of a vector register.
//
//   one at a time   every sample waits for the place where the one before ended, or for a branch not foreseen: 8 to 20 cycles
//   16 chunks       their samples are decoded together by AVX-512, where the processor has it: 7 cycles
//
// Shape    the samples come out chunk after chunk in the order of `chunks`, exactly as DecodeXor would append them.
// Errors   DataLoss of the first chunk that does not decode; `out` is then as it was.
// Source   chunkenc/xor.h; the speed of both ways: xor_bench.
#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "model/sample.h"

namespace varve {

inline constexpr size_t kXorBatchMax = 16;

// `chunks` holds kXorBatchMax at most.
absl::Status DecodeXorBatch(std::span<const Bytes> chunks, FloatColumns& out);

}  // namespace varve
