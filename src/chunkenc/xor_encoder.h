// Encodes float samples into an XOR chunk, byte for byte as Prometheus' appender does.
//
// Shape    one encoder, one chunk. When to cut a chunk (120 samples, 1024 bytes, a block's edge) is the caller's law; the
//          format ends at 65535 samples.
// Threads  one at a time; bytes() may not be read while another thread appends.
// Source   prometheus tsdb/chunkenc/xor.go.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time_range.h"
#include "chunkenc/bit_writer.h"
#include "chunkenc/xor_value.h"

namespace varve {

class XorEncoder {
 public:
  static constexpr uint32_t kSamplesMax = 65535;

  XorEncoder();

  // `time` is later than that of the sample before; sample_count() is less than kSamplesMax.
  void Append(TimestampMs time, double value);

  uint32_t sample_count() const;
  size_t size() const { return writer_.size(); }
  size_t heap_bytes() const { return writer_.heap_bytes(); }
  Bytes bytes() const { return writer_.bytes(); }  // a whole chunk at any time; valid until the next Append

  // Takes the chunk out and starts a new one.
  ByteBuffer Release();

 private:
  void WriteDeltaOfDelta(int64_t dod);

  BitWriter writer_;
  XorValueWriter value_;
  uint64_t time_ = 0;
  uint64_t delta_ = 0;
};

}  // namespace varve
