// Reads the chunks of a block in a bucket front to back, as a merge asks for them: windows of each segment, the next one under
// way while the one before is used. Where the bucket can map its objects nothing is copied.
//
// Shape    a chunk that is not behind the one before begins a new, small window; windows grow while chunks follow each other.
// Errors   those of the bucket; DataLoss naming file and offset for a chunk that is not what its checksum says.
// Threads  one at a time; reads ahead run on the executor.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <string>

#include "base/ulid.h"
#include "objstore/bucket.h"
#include "runtime/executor.h"
#include "tsdb/block_scan.h"

namespace varve {

struct ChunkStreamOptions {
  uint64_t window_bytes_min = 256 << 10;
  uint64_t window_bytes_max = 4 << 20;
};

class ChunkStream : public ChunkSource {
 public:
  // The references outlive the stream.
  ChunkStream(Bucket& bucket, Executor& executor, Ulid id, ChunkStreamOptions options = {})
      : bucket_(bucket), executor_(executor), id_(id), options_(options) {}
  ~ChunkStream() override { DropReadAhead(); }

  absl::StatusOr<EncodedChunk> Read(const Context& ctx, uint64_t ref, std::shared_ptr<const void>& owner) override;

 private:
  struct Window {
    uint64_t begin = 0;
    std::shared_ptr<const ByteBuffer> bytes = std::make_shared<const ByteBuffer>();
    uint64_t end() const { return begin + bytes->size(); }
  };

  absl::Status OpenSegment(const Context& ctx, uint32_t segment);
  absl::Status MoveWindow(const Context& ctx, uint64_t offset, uint64_t bytes_min);
  absl::StatusOr<ByteBuffer> ReadRange(const Context& ctx, uint64_t begin, uint64_t bytes) const;
  void StartReadAhead(const Context& ctx);
  void DropReadAhead();
  absl::StatusOr<EncodedChunk> ReadMapped(uint64_t offset, std::shared_ptr<const void>& owner) const;
  absl::StatusOr<EncodedChunk> ReadWindow(const Context& ctx, uint64_t offset, std::shared_ptr<const void>& owner);

  Bucket& bucket_;
  Executor& executor_;
  const Ulid id_;
  const ChunkStreamOptions options_;
  int64_t segment_ = -1;
  std::string name_;                          // of the segment's object
  uint64_t size_ = 0;                         // of it
  std::shared_ptr<const MappedFile> mapped_;  // null: read by windows
  Window window_;
  uint64_t window_bytes_ = 0;                                       // of the next one
  std::shared_ptr<std::future<absl::StatusOr<ByteBuffer>>> ahead_;  // what follows the window; null: nothing under way
};

}  // namespace varve
