// Writes chunks into the segment files of a block.
//
// Shape    a segment is begun when the next chunk does not fit into the one before. The format: tsdb/chunk_files.h.
// Threads  one at a time.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "base/byte_writer.h"
#include "chunkenc/chunk.h"
#include "tsdb/chunk_files.h"
#include "tsdb/output_file.h"

namespace varve {

class ChunkWriter {
 public:
  // Into `directory`, which exists and is empty. `segment_bytes` is at most 4 GiB.
  explicit ChunkWriter(std::string directory, uint64_t segment_bytes = kChunkSegmentBytes, bool sync = true);

  // Answers the ref under which the index will find the chunk.
  absl::StatusOr<uint64_t> Append(ChunkEncoding encoding, Bytes data);
  absl::Status Finish();  // everything is on the disk when it returns, if it was asked to be

  uint64_t record_bytes_max() const { return record_bytes_max_; }  // of the largest chunk so far
  uint32_t segment_count() const { return segment_count_; }

 private:
  absl::Status BeginSegment();
  absl::Status EndSegment();

  const std::string directory_;
  const uint64_t segment_bytes_;
  const bool sync_;
  uint32_t segment_count_ = 0;
  std::unique_ptr<OutputFile> segment_;
  ByteWriter record_;
  uint64_t record_bytes_max_ = 0;
};

}  // namespace varve
