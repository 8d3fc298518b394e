// The XOR decoder as one writes it down from the format's page, one bit at a time: the law that the batch decoder is held to
// in tests and fuzzing, and what its speed is measured against.
#pragma once

#include <absl/status/status.h>

#include <bit>
#include <cstdint>

#include "base/bytes.h"
#include "base/errors.h"
#include "model/sample.h"

namespace varve {

class PlainBits {
 public:
  explicit PlainBits(Bytes bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  void Fail() { ok_ = false; }

  bool Bit() {
    if (next_ / 8 >= bytes_.size()) return ok_ = false;
    const bool bit = (static_cast<unsigned>(bytes_[next_ / 8]) >> (7 - next_ % 8)) & 1;
    ++next_;
    return bit;
  }
  uint64_t Bits(unsigned count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i) value = value << 1 | static_cast<uint64_t>(Bit());
    return value;
  }
  uint64_t Uvarint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const uint64_t byte = Bits(8);
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  int64_t Varint() {
    const uint64_t zigzag = Uvarint();
    return static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
  }

 private:
  Bytes bytes_;
  size_t next_ = 0;
  bool ok_ = true;
};

struct PlainXor {
  uint64_t bits = 0;
  unsigned leading = 0, trailing = 0;

  void Read(PlainBits& in) {
    if (!in.Bit()) return;
    if (in.Bit()) {
      leading = static_cast<unsigned>(in.Bits(5));
      unsigned significant = static_cast<unsigned>(in.Bits(6));
      if (significant == 0) significant = 64;
      if (leading + significant > 64) return in.Fail();
      trailing = 64 - leading - significant;
    }
    bits ^= in.Bits(64 - leading - trailing) << trailing;
  }
};

inline int64_t PlainDeltaOfDelta(PlainBits& in) {
  unsigned ones = 0;
  while (ones < 4 && in.Bit()) ++ones;
  if (ones == 0) return 0;
  if (ones == 4) return static_cast<int64_t>(in.Bits(64));
  const unsigned width = ones == 1 ? 14 : ones == 2 ? 17 : 20;
  const int64_t raw = static_cast<int64_t>(in.Bits(width));
  return raw > int64_t{1} << (width - 1) ? raw - (int64_t{1} << width) : raw;
}

inline absl::Status PlainDecodeXor(Bytes data, FloatColumns& out) {
  if (data.size() < 2) return DataLoss("no header");
  const unsigned count = static_cast<unsigned>(data[0]) << 8 | static_cast<unsigned>(data[1]);
  PlainBits in(data.subspan(2));
  PlainXor value;
  uint64_t time = 0, delta = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (i == 0) {
      time = static_cast<uint64_t>(in.Varint());
      value.bits = in.Bits(64);
    } else {
      delta = i == 1 ? in.Uvarint() : delta + static_cast<uint64_t>(PlainDeltaOfDelta(in));
      time += delta;
      value.Read(in);
    }
    if (!in.ok()) return DataLoss("damaged at sample {}", i);
    out.Append(static_cast<TimestampMs>(time), std::bit_cast<double>(value.bits));
  }
  return absl::OkStatus();
}

}  // namespace varve
