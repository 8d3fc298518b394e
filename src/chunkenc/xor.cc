#include "chunkenc/xor.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/xor_reader.h"

namespace varve {

absl::Status DecodeXor(Bytes data, FloatColumns& out) {
  VARVE_ASSIGN_OR_RETURN(XorReader reader, XorReader::Open(data));
  const size_t before = out.size(), count = reader.left();
  if (count == 0) return absl::OkStatus();
  out.Resize(before + count);
  TimestampMs* const times = out.times.data() + before;
  double* const values = out.values.data() + before;
  reader.ReadFirst(times, values);
  reader.Read(reader.left(), times + count - reader.left(), values + count - reader.left());
  if (!reader.ok()) {
    out.Resize(before);
    return DataLoss("XOR chunk of {} bytes with {} samples: truncated or damaged", data.size(), count);
  }
  return absl::OkStatus();
}

}  // namespace varve
