#include "chunkenc/xor.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/xor_reader.h"

namespace varve {

namespace {

constexpr size_t kReadAtOnce = 16;  // samples, between two looks at the time

}  // namespace

absl::Status DecodeXor(Bytes data, FloatColumns& out, TimestampMs until) {
  VARVE_ASSIGN_OR_RETURN(XorReader reader, XorReader::Open(data));
  const size_t before = out.size(), count = reader.left();
  if (count == 0) return absl::OkStatus();
  out.Resize(before + count);
  TimestampMs* const times = out.times.data() + before;
  double* const values = out.values.data() + before;
  reader.ReadFirst(times, values);
  const size_t at_once = until == kMaxTimestamp ? count : kReadAtOnce;
  while (reader.left() > 0 && times[count - reader.left() - 1] <= until) {
    reader.Read(std::min(reader.left(), at_once), times + count - reader.left(), values + count - reader.left());
  }
  out.Resize(before + count - reader.left());
  if (!reader.ok()) {
    out.Resize(before);
    return DataLoss("XOR chunk of {} bytes with {} samples: truncated or damaged", data.size(), count);
  }
  return absl::OkStatus();
}

}  // namespace varve
