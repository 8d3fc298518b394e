// The frames of a Series stream, straight between bytes and chunk series, without message objects in between: this is where a
// querier's bytes go through.
//
// Shape    a frame is a thanos.SeriesResponse (proto/thanos/store.proto): one series, or a batch of them, or a warning, or hints.
//          Chunk encodings are numbered one less than ours. A series larger than a frame is split over several, neighbours, with
//          the labels repeated.
// Errors   DataLoss for bytes that are not such a message, or hold a chunk with an encoding nobody knows.
// Threads  a writer belongs to one thread.
// Source   thanos pkg/store/storepb/{rpc,types}.proto, pkg/store/batchable.go.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "storage/chunk_series.h"

namespace varve {

struct SeriesFrame {
  std::vector<ChunkSeries> series;
  std::string warning;  // empty: none
  Bytes hints;          // a google.protobuf.Any; empty: none
};

// The frame's chunks and hints are views into `bytes`, which `owner` keeps alive; every series gets `owner`.
absl::StatusOr<SeriesFrame> DecodeSeriesFrame(Bytes bytes, const std::shared_ptr<const void>& owner);

// Collects series until a frame is full.
//
//   for each series { writer.Add(series); while (writer.full()) Send(writer.Take()); }
//   if (!writer.empty()) Send(writer.Take());
class SeriesFrameWriter {
 public:
  static constexpr size_t kFrameBytes = 1 << 20;  // aimed at; a single chunk may be larger

  explicit SeriesFrameWriter(uint32_t batch_size) : batch_size_(batch_size) {}

  // Takes encodings of chunks that have a number in the StoreAPI (see WireEncodable).
  void Add(const ChunkSeries& series);
  bool empty() const { return frames_.empty() && batch_.empty(); }
  bool full() const { return !frames_.empty(); }
  ByteBuffer Take();  // the next frame, full or not

 private:
  void CloseBatch();

  const uint32_t batch_size_;
  std::vector<ByteBuffer> frames_;  // full ones, in order
  size_t taken_ = 0;                // of frames_
  ByteBuffer batch_;                // series so far, each with its tag and length
  uint32_t batch_series_ = 0;
};

ByteBuffer EncodeWarningFrame(std::string_view warning);
ByteBuffer EncodeHintsFrame(std::string_view any);  // a serialized google.protobuf.Any

// The StoreAPI has numbers for XOR, histogram and float histogram chunks only.
constexpr bool WireEncodable(ChunkEncoding encoding) {
  return encoding == ChunkEncoding::kXor || encoding == ChunkEncoding::kHistogram || encoding == ChunkEncoding::kFloatHistogram;
}

}  // namespace varve
