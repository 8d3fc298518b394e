// The vector code under DecodeXorBatch: readers of XOR chunks that move on together, eight samples at a time.
//
// Shape    a lane stops before eight samples that its rules do not cover: fewer are left, the chunk is damaged, or there is a gap in
//          time of more than 20 bits. XorReader reads what is left.
// Source   the format: chunkenc/xor.h and xor_value.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/sample.h"

namespace varve {

inline constexpr size_t kXorLanes = 16;

// Arrays by lane. A lane with nothing to do has left == 0.
struct alignas(64) XorLanes {
  uint64_t position[kXorLanes];  // where the next sample begins, in bits from address 0
  uint64_t end[kXorLanes];       // of the bytes, likewise; both move when the last bytes are copied elsewhere
  uint64_t time[kXorLanes], delta[kXorLanes];
  uint64_t value[kXorLanes];     // bits
  uint64_t unused[kXorLanes];    // 64 - significant
  uint64_t trailing[kXorLanes];  // 64 - leading - significant
  uint64_t left[kXorLanes];      // samples
  TimestampMs* times[kXorLanes];
  double* values[kXorLanes];
};

bool HaveXorLanes();  // does this processor have what RunXorLanes needs?

// Moves the lanes on as far as it pays; each writes its samples to `times` and `values` and moves these on as well.
void RunXorLanes(XorLanes& lanes);

}  // namespace varve
