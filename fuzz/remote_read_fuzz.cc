// Answers of remote read from a hostile Prometheus, streamed in pieces of any size, and sampled.
#include <algorithm>

#include "store/remote_read.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace varve;
  if (size == 0) return 0;
  const std::string_view answer(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t step = std::max<size_t>(data[0], 1);
  RemoteReadDecoder decoder([](ChunkSeries) { return absl::OkStatus(); });
  for (size_t at = 0; at < answer.size(); at += step) {
    if (!decoder.Feed(answer.substr(at, step)).ok()) break;
  }
  decoder.Finish().IgnoreError();
  DecodeSampledRead(answer).status().IgnoreError();
  return 0;
}
