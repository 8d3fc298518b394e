// XOR chunks, Prometheus' encoding of float samples (Facebook's Gorilla with millisecond times).
//
//   [ count u16be ]
//   sample 0      [ time varint ] [ value : 64 ]
//   sample 1      [ time delta uvarint ] [ value difference ]                    (see xor_value.h)
//   sample 2...   [ delta of delta ] [ value difference ]
//
//   delta of delta: 0 | 10 +14 bits | 110 +17 bits | 1110 +20 bits | 1111 +64 bits; n bits hold -2^(n-1)+1 .. 2^(n-1).
//
// Shape    times come out as encoded, ascending when a correct writer was at work. Thanos' counter aggregates end with two
//          samples of one time.
// Errors   DataLoss; `out` is then as it was.
// Source   prometheus tsdb/chunkenc/xor.go.
#pragma once

#include <absl/status/status.h>

#include "base/bytes.h"
#include "model/sample.h"

namespace varve {

// Appends all samples of the chunk, or at least those up to `until`. Allocates no more than 64 times the size of the chunk.
absl::Status DecodeXor(Bytes data, FloatColumns& out, TimestampMs until = kMaxTimestamp);

}  // namespace varve
