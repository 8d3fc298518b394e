// Reads the samples of one XOR chunk (the format: chunkenc/xor.h) from front to back, and stops and goes on anywhere between.
//
//   VARVE_ASSIGN_OR_RETURN(XorReader reader, XorReader::Open(chunk));
//   reader.ReadFirst(times, values);                       // two samples, or all if there are fewer
//   reader.Read(reader.left(), times + 2, values + 2);
//   if (!reader.ok()) ...                                  // the bytes ended before, or lie
//
// Errors   DataLoss from Open for a chunk that cannot hold the samples it announces. Read writes as many as it is asked for,
//          whatever the bytes are; ok() tells.
// Threads  one at a time.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>

#include "base/bytes.h"
#include "chunkenc/bit_reader.h"
#include "chunkenc/xor_value.h"
#include "model/sample.h"

namespace varve {

class XorReader {
 public:
  static absl::StatusOr<XorReader> Open(Bytes chunk);

  size_t left() const { return left_; }  // samples
  bool ok() const { return bits_.ok(); }

  void ReadFirst(TimestampMs* times, double* values);
  // `count` <= left(); not before ReadFirst.
  void Read(size_t count, TimestampMs* times, double* values);

  // What the next sample depends on; a decoder of another kind may take it from here and hand it back.
  struct State {
    uint64_t position = 0;  // in bits, behind the two bytes of the count
    uint64_t time = 0, delta = 0;
    XorValueReader value;
  };
  Bytes payload() const { return payload_; }
  State state() const { return {bits_.position(), time_, delta_, value_}; }
  void Resume(const State& state, size_t left);

 private:
  XorReader(Bytes payload, size_t count) : payload_(payload), bits_(payload), left_(count) {}

  Bytes payload_;
  BitReader bits_;
  size_t left_;
  uint64_t time_ = 0, delta_ = 0;
  XorValueReader value_;
};

}  // namespace varve
