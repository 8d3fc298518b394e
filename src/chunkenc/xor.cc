#include "chunkenc/xor.h"

#include <algorithm>
#include <bit>

#include "base/errors.h"
#include "chunkenc/bit_reader.h"
#include "chunkenc/signed_field.h"
#include "chunkenc/xor_value.h"

namespace varve {
namespace {

constexpr size_t kHeaderBytes = 2;
constexpr unsigned kSampleBitsMin = 2;        // from the third sample on
constexpr unsigned kFirstSampleBitsMin = 72;  // a varint and a value

// A delta of delta that is not zero. Moves `window` and `used` on, to the value that follows in the same window.
int64_t ReadDeltaOfDelta(BitReader& reader, uint64_t& window, unsigned& used) {
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

// The samples of a chunk that says it has `count` of them, count > 0. All of them are written, whatever the bytes are.
//
// A series keeps to few of the paths below, so that branches are predicted well and the next sample is under way before this
// one is done: its place in the bits follows from the path taken and the width of the difference, not from a load. The same
// loop without branches, where every sample waits for the one before, is slower on regular series (xor_bench).
void ReadSamples(BitReader& reader, size_t count, TimestampMs* times, double* values) {
  uint64_t time = static_cast<uint64_t>(reader.ReadVarint());
  XorValueReader value(reader.Read(64));
  times[0] = static_cast<TimestampMs>(time);
  values[0] = value.value();
  if (count == 1) return;

  uint64_t delta = reader.ReadUvarint();
  time += delta;
  value.Read(reader);
  times[1] = static_cast<TimestampMs>(time);
  values[1] = value.value();

  for (size_t i = 2; i < count;) {
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
}

}  // namespace

absl::Status DecodeXor(Bytes data, FloatColumns& out) {
  if (data.size() < kHeaderBytes) return DataLoss("XOR chunk of {} bytes: shorter than its header", data.size());
  const size_t count = size_t{AsU8(data)[0]} << 8 | AsU8(data)[1];
  if (count == 0) return absl::OkStatus();

  BitReader reader(data.subspan(kHeaderBytes));
  if (kFirstSampleBitsMin + (count - 1) * kSampleBitsMin > reader.remaining()) {
    return DataLoss("XOR chunk of {} bytes: too short for the {} samples it announces", data.size(), count);
  }
  const size_t before = out.size();
  out.times.resize(before + count);
  out.values.resize(before + count);
  ReadSamples(reader, count, out.times.data() + before, out.values.data() + before);
  if (!reader.ok()) {
    out.times.resize(before);
    out.values.resize(before);
    return DataLoss("XOR chunk of {} bytes with {} samples: truncated or damaged", data.size(), count);
  }
  if (!out.start_times.empty()) out.start_times.resize(out.size());
  return absl::OkStatus();
}

}  // namespace varve
