#include "chunkenc/xor_reader.h"

#include <algorithm>
#include <bit>

#include "base/errors.h"
#include "chunkenc/signed_field.h"

namespace varve {
namespace {

constexpr size_t kHeaderBytes = 2;
constexpr unsigned kSampleBitsMin = 2;        // from the third sample on
constexpr unsigned kFirstSampleBitsMin = 72;  // a varint and a value

// A delta of delta that is not zero. Moves `window` and `used` on, to the value that follows in the same window.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline int64_t ReadDeltaOfDelta(BitReader& reader, uint64_t& window, unsigned& used) {
  int64_t dod;
  if (window >> 62 == 0b10) [[likely]] {
    dod = FromSignedField(window << 2, 14);
    used = 2 + 14;
  } else if (window >> 61 == 0b110) {
    dod = FromSignedField(window << 3, 17);
    used = 3 + 17;
  } else if (window >> 60 == 0b1110) {
    dod = FromSignedField(window << 4, 20);
    used = 4 + 20;
  } else {
    reader.Skip(4);
    dod = static_cast<int64_t>(reader.Read(64));
    used = 0;
    window = reader.Peek();
    return dod;
  }
  window <<= used;
  return dod;
}

}  // namespace

absl::StatusOr<XorReader> XorReader::Open(Bytes chunk) {
  if (chunk.size() < kHeaderBytes) return DataLoss("XOR chunk of {} bytes: shorter than its header", chunk.size());
  const size_t count = size_t{AsU8(chunk)[0]} << 8 | AsU8(chunk)[1];
  XorReader reader(chunk.subspan(kHeaderBytes), count);
  if (count > 0 && kFirstSampleBitsMin + (count - 1) * kSampleBitsMin > reader.bits_.remaining()) {
    return DataLoss("XOR chunk of {} bytes: too short for the {} samples it announces", chunk.size(), count);
  }
  return reader;
}

void XorReader::ReadFirst(TimestampMs* times, double* values) {
  if (left_ == 0) return;
  time_ = static_cast<uint64_t>(bits_.ReadVarint());
  value_ = XorValueReader(bits_.Read(64));
  times[0] = static_cast<TimestampMs>(time_);
  values[0] = value_.value();
  if (--left_ == 0) return;

  delta_ = bits_.ReadUvarint();
  time_ += delta_;
  value_.Read(bits_);
  times[1] = static_cast<TimestampMs>(time_);
  values[1] = value_.value();
  --left_;
}

// A series keeps to few of the paths below, so that branches are predicted well and the next sample is under way before this
// one is done: its place in the bits follows from the path taken and the width of the difference, not from a load. The same
// loop without branches, where every sample waits for the one before, is slower on regular series (xor_bench).
void XorReader::Read(size_t count, TimestampMs* times, double* values) {
  left_ -= count;
  BitReader reader = bits_;  // copies live in registers
  XorValueReader value = value_;
  uint64_t time = time_, delta = delta_;
  for (size_t i = 0; i < count;) {
    uint64_t window = reader.Peek();
    if (window >> 62 == 0) {
      // Every two zero bits are a sample on time with the value unchanged. 57 bits of the window are sure to be real.
      const size_t run = std::min<size_t>(static_cast<unsigned>(std::countl_zero(window | 0x7f)) / 2, count - i);
      for (const size_t end = i + run; i < end; ++i) {
        times[i] = static_cast<TimestampMs>(time += delta);
        values[i] = value.value();
      }
      reader.Skip(static_cast<unsigned>(2 * run));
      continue;
    }
    if (window >> 62 == 0b01) {
      value.ReadChanged(reader, window << 1, 1);
    } else {
      unsigned used;
      delta += static_cast<uint64_t>(ReadDeltaOfDelta(reader, window, used));
      value.Read(reader, window, used);
    }
    time += delta;
    times[i] = static_cast<TimestampMs>(time);
    values[i] = value.value();
    ++i;
  }
  bits_ = reader;
  value_ = value;
  time_ = time;
  delta_ = delta;
}

void XorReader::Resume(const State& state, size_t left) {
  bits_.Seek(state.position);
  time_ = state.time;
  delta_ = state.delta;
  value_ = state.value;
  left_ = left;
}

}  // namespace varve
