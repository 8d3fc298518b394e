// Start timestamps: when the counter of a sample began to count. XOR2 chunks and the start-timestamp variants of histogram
// chunks have one header byte for them and, where needed, a field behind each sample.
//
//   header     [ first known : 1 ][ first change : 7 ]
//   sample 0   [ time - start varint ]                                                    if first known
//   sample n   [ previous time - start, varbit ]                                          if n == first change > 0
//              [ difference of (previous time - start) to that of the sample before, varbit ]   if n > first change > 0
//
// Shape    a start of 0 is an unknown one. A header of 0 says that all are unknown: start_times may then stay empty.
// Source   prometheus tsdb/chunkenc/st.go, xor2.go.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time_range.h"
#include "chunkenc/bit_reader.h"
#include "chunkenc/varbit.h"

namespace varve {

class StartTimeReader {
 public:
  explicit StartTimeReader(uint8_t header) : first_known_((header & 0x80) != 0), first_change_(header & 0x7f) {}

  bool any() const { return first_known_ || first_change_ > 0; }

  // The start of sample `index`, read from behind it. Samples come in order; `previous` is the time of the one before.
  TimestampMs Read(BitReader& reader, size_t index, TimestampMs time, TimestampMs previous) {
    if (index == 0) {
      if (first_known_) start_ = static_cast<uint64_t>(time) - static_cast<uint64_t>(reader.ReadVarint());
    } else if (first_change_ > 0 && index >= first_change_) {
      const uint64_t field = static_cast<uint64_t>(ReadVarbitInt(reader));
      age_ = index == first_change_ ? field : age_ + field;
      start_ = static_cast<uint64_t>(previous) - age_;
    }
    return static_cast<TimestampMs>(start_);
  }

 private:
  bool first_known_;
  uint8_t first_change_;
  uint64_t start_ = 0;
  uint64_t age_ = 0;  // of the previous sample's time since the start
};

// Keeps start_times as long as times, or empty: called once a chunk without start timestamps has been appended.
template <typename Columns>
void PadStartTimes(Columns& columns) {
  if (!columns.start_times.empty()) columns.start_times.resize(columns.times.size());
}

}  // namespace varve
