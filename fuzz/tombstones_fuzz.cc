// Tombstones: intervals come out disjoint and ascending, and survive being written. The checksum is made to fit.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_writer.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "tsdb/tombstones.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const varve::Bytes input = std::as_bytes(std::span(data, size));
  varve::Tombstones::Parse(input).status().IgnoreError();

  varve::ByteWriter file;
  file.U32(0x0130BA30);
  file.U8(1);
  file.Append(input);
  file.U32(varve::Crc32c(input));
  const auto tombstones = varve::Tombstones::Parse(file.bytes());
  if (!tombstones.ok()) return 0;
  const varve::ByteBuffer encoded = tombstones->Encode();
  const auto again = varve::Tombstones::Parse(encoded);
  VARVE_CHECK(again.ok());
  VARVE_CHECK(again->interval_count() == tombstones->interval_count());
  VARVE_CHECK(again->Encode() == encoded);
  return 0;
}
