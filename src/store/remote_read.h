// Prometheus' remote read, from the reader's side.
//
//   request            POST /api/v1/read, a snappy block of prometheus_copy.ReadRequest
//   streamed answer    ( [ length uvarint ] [ crc32c of the message u32be ] [ prometheus_copy.ChunkedReadResponse ] )*
//   sampled answer     a snappy block of prometheus_copy.ReadResponse
//
// Shape    chunks are views into the received messages, which the series own. Samples become chunks of 120.
// Errors   DataLoss for bytes that are not such an answer, an encoding nobody knows, a checksum that is wrong.
// Threads  a decoder belongs to one thread.
// Source   prometheus storage/remote/chunked.go, docs/querying/remote_read_api.md.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "model/matcher.h"
#include "storage/chunk_series.h"

namespace varve {

inline constexpr size_t kRemoteReadFrameMax = 50'000'000;      // as in Prometheus' own client
inline constexpr uint64_t kRemoteReadSampledMax = 1ULL << 30;  // of a sampled answer, unpacked

// The body of a request for one selection, compressed.
std::string EncodeRemoteRead(QueryRange range, const Matchers& matchers);

// Cuts a streamed answer into frames as its bytes come in.
class RemoteReadDecoder {
 public:
  // `series` hears of each series of a frame; one may go on in the next frame. Its error ends the decoding.
  using OnSeries = std::function<absl::Status(ChunkSeries)>;
  explicit RemoteReadDecoder(OnSeries series) : on_series_(std::move(series)) {}

  absl::Status Feed(std::string_view bytes);
  absl::Status Finish() const;  // fails inside of a frame
  size_t frames() const { return frames_; }

 private:
  absl::StatusOr<bool> TakeFrame();  // false: not all of it is there yet

  const OnSeries on_series_;
  std::string pending_;
  size_t at_ = 0;  // of pending_, decoded up to here
  size_t frames_ = 0;
};

absl::StatusOr<std::vector<ChunkSeries>> DecodeSampledRead(std::string_view compressed);

}  // namespace varve
