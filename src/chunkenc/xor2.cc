#include "chunkenc/xor2.h"

#include <algorithm>
#include <bit>

#include "base/errors.h"
#include "chunkenc/bit_reader.h"
#include "chunkenc/start_times.h"
#include "chunkenc/xor_value.h"

namespace varve {
namespace {

constexpr size_t kHeaderBytes = 3;
constexpr unsigned kSampleBitsMin = 1;        // from the third sample on
constexpr unsigned kFirstSampleBitsMin = 72;  // a varint and a value

class Xor2Reader {
 public:
  explicit Xor2Reader(Bytes data) : reader_(data.subspan(kHeaderBytes)), starts_(AsU8(data)[2]) {}

  const BitReader& reader() const { return reader_; }
  bool has_start_times() const { return starts_.any(); }

  // Writes all of the samples, whatever the bytes are; no start times where the chunk has none. count > 0.
  void ReadSamples(size_t count, TimestampMs* times, double* values, TimestampMs* start_times) {
    time_ = static_cast<uint64_t>(reader_.ReadVarint());
    const uint64_t first = reader_.Read(64);
    base_ = XorValueReader(first == kStaleNanBits ? 0 : first);
    value_ = std::bit_cast<double>(first);
    for (size_t i = 0;;) {
      times[i] = static_cast<TimestampMs>(time_);
      values[i] = value_;
      if (starts_.any()) start_times[i] = starts_.Read(reader_, i, times[i], i > 0 ? times[i - 1] : 0);
      if (++i == count) return;
      if (i > 1) {
        if (!starts_.any()) i = ReadRun(i, count, times, values);
        if (i == count) return;
        ReadNext();
      } else {
        delta_ = reader_.ReadUvarint();
        time_ += delta_;
        ReadCodedValue();
      }
    }
  }

 private:
  // Samples on time and unchanged are single zero bits, and come in runs. 57 bits of a window are sure to be real.
  size_t ReadRun(size_t i, size_t count, TimestampMs* times, double* values) {
    const uint64_t window = reader_.Peek();
    const size_t run = std::min<size_t>(static_cast<unsigned>(std::countl_zero(window | 0x7f)), count - i);
    if (run > 0) value_ = base_.value();
    for (const size_t end = i + run; i < end; ++i) {
      times[i] = static_cast<TimestampMs>(time_ += delta_);
      values[i] = value_;
    }
    reader_.Skip(static_cast<unsigned>(run));
    return i;
  }

  void ReadNext() {
    const uint64_t window = reader_.Peek();
    switch (std::countl_one(window)) {
      case 0:
        reader_.Skip(1);
        value_ = base_.value();
        time_ += delta_;
        return;
      case 1:
        time_ += delta_;
        base_.ReadChanged(reader_, window << 1, 1);  // the zero of this control stands for xor_value.h's first one
        value_ = base_.value();
        return;
      case 2:
        delta_ += static_cast<uint64_t>(static_cast<int64_t>(window << 3) >> (64 - 13));
        reader_.Skip(3 + 13);
        break;
      case 3:
        delta_ += static_cast<uint64_t>(static_cast<int64_t>(window << 4) >> (64 - 20));
        reader_.Skip(4 + 20);
        break;
      case 4:
        reader_.Skip(5);
        delta_ += reader_.Read(64);
        break;
      default:
        reader_.Skip(5);
        time_ += delta_;
        value_ = StaleNan();
        return;
    }
    time_ += delta_;
    ReadCodedValue();
  }

  // As xor_value.h has it, but for one more bit after 11, which tells a window (0) from a stale sample (1).
  void ReadCodedValue() {
    const uint64_t window = reader_.Peek();
    if (window >> 61 == 0b111) {
      reader_.Skip(3);
      value_ = StaleNan();
    } else if (window >> 62 == 0b11) {
      base_.ReadChanged(reader_, window << 1 | uint64_t{1} << 62, 1);
      value_ = base_.value();
    } else {
      base_.Read(reader_, window, 0);
      value_ = base_.value();
    }
  }

  BitReader reader_;
  StartTimeReader starts_;
  XorValueReader base_;  // the last value that was not stale
  double value_ = 0;
  uint64_t time_ = 0;
  uint64_t delta_ = 0;
};

}  // namespace

absl::Status DecodeXor2(Bytes data, FloatColumns& out) {
  if (data.size() < kHeaderBytes) return DataLoss("XOR2 chunk of {} bytes: shorter than its header", data.size());
  const size_t count = size_t{AsU8(data)[0]} << 8 | AsU8(data)[1];
  if (count == 0) return absl::OkStatus();

  Xor2Reader samples(data);
  if (kFirstSampleBitsMin + (count - 1) * kSampleBitsMin > samples.reader().remaining()) {
    return DataLoss("XOR2 chunk of {} bytes: too short for the {} samples it announces", data.size(), count);
  }
  const size_t before = out.size(), starts_before = out.start_times.size();
  out.times.resize(before + count);
  out.values.resize(before + count);
  if (samples.has_start_times()) out.start_times.resize(before + count);
  samples.ReadSamples(count, out.times.data() + before, out.values.data() + before, out.start_times.data() + before);
  if (!samples.reader().ok()) {
    out.times.resize(before);
    out.values.resize(before);
    out.start_times.resize(starts_before);
    return DataLoss("XOR2 chunk of {} bytes with {} samples: truncated or damaged", data.size(), count);
  }
  PadStartTimes(out);
  return absl::OkStatus();
}

}  // namespace varve
