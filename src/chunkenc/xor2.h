// XOR2 chunks, Prometheus' newer encoding of float samples: one control prefix for time and value together, and room for
// start timestamps. Prometheus writes them when asked to (storage.tsdb.chunk_encoding.floats); stock Thanos cannot read
// them.
//
//   [ count u16be ][ start time header : 8 ]                                               (see start_times.h)
//   sample 0      [ time varint ] [ value : 64 ]                                           [ start time ]
//   sample 1      [ time delta uvarint ] [ coded value ]                                   [ start time ]
//   sample 2...   [ control ] ...                                                          [ start time ]
//
//   control       0                              on time (delta of delta zero), the same value
//                 10     [ changed value ]       on time
//                 110    [ 13 ] [ coded value ]  delta of delta in 13 bits of two's complement
//                 1110   [ 20 ] [ coded value ]  ... in 20 bits
//                 11110  [ 64 ] [ coded value ]  ... in 64 bits
//                 11111                          on time, stale
//   coded value   0 the same | 10 difference | 110 window and difference | 111 stale
//   changed value 0 difference | 1 window and difference                                   (as in xor_value.h)
//
// Shape    a stale sample does not become the base of the next difference.
// Errors   DataLoss; `out` is then as it was.
// Source   prometheus tsdb/chunkenc/xor2.go.
#pragma once

#include <absl/status/status.h>

#include "base/bytes.h"
#include "model/sample.h"

namespace varve {

// Appends all samples of the chunk. Allocates no more than 192 times the size of the chunk.
absl::Status DecodeXor2(Bytes data, FloatColumns& out);

}  // namespace varve
