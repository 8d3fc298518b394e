#include "chunkenc/xor_encoder.h"

#include <bit>
#include <utility>

#include "base/check.h"
#include "chunkenc/signed_field.h"

namespace varve {
namespace {

constexpr size_t kHeaderBytes = 2;

}  // namespace

XorEncoder::XorEncoder() : writer_(kHeaderBytes) {}

uint32_t XorEncoder::sample_count() const { return uint32_t{writer_.At(0)} << 8 | writer_.At(1); }

void XorEncoder::Append(TimestampMs time, double value) {
  const uint32_t count = sample_count();
  VARVE_CHECK(count < kSamplesMax);
  const uint64_t delta = static_cast<uint64_t>(time) - time_;
  if (count == 0) {
    writer_.WriteVarint(time);
    writer_.Write(std::bit_cast<uint64_t>(value), 64);
    value_ = XorValueWriter(std::bit_cast<uint64_t>(value));
  } else {
    if (count == 1) {
      writer_.WriteUvarint(delta);
    } else {
      WriteDeltaOfDelta(static_cast<int64_t>(delta - delta_));
    }
    value_.Write(writer_, value);
    delta_ = delta;
  }
  time_ = static_cast<uint64_t>(time);
  writer_.Patch(0, static_cast<uint8_t>((count + 1) >> 8));
  writer_.Patch(1, static_cast<uint8_t>(count + 1));
}

void XorEncoder::WriteDeltaOfDelta(int64_t dod) {
  if (dod == 0) {
    writer_.Write(0, 1);
  } else if (FitsSignedField(dod, 14)) {
    writer_.Write(0b10 << 14 | ToSignedField(dod, 14), 16);
  } else if (FitsSignedField(dod, 17)) {
    writer_.Write(0b110 << 17 | ToSignedField(dod, 17), 20);
  } else if (FitsSignedField(dod, 20)) {
    writer_.Write(0b1110 << 20 | ToSignedField(dod, 20), 24);
  } else {
    writer_.Write(0b1111, 4);
    writer_.Write(static_cast<uint64_t>(dod), 64);
  }
}

ByteBuffer XorEncoder::Release() {
  ByteBuffer chunk = writer_.Release();
  *this = XorEncoder();
  return chunk;
}

}  // namespace varve
