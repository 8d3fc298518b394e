// The chunk segments of a block: chunks/000001, 000002, ...
//
//   [ magic u32 ][ version u8 ][ 0 0 0 ]  then chunks: [ length uvarint ][ encoding u8 ][ data ][ crc32c of encoding and data u32 ]
//
// Shape    a chunk ref is segment << 32 | offset, where segments count from 0 in the order of their names.
// Errors   DataLoss naming the file and the offset; Unimplemented for an unknown version.
// Threads  immutable; share freely.
// Source   prometheus tsdb/docs/format/chunks.md, tsdb/chunks/chunks.go; ours: docs/formats/chunk_files.md.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chunkenc/chunk.h"
#include "runtime/files.h"

namespace varve {

inline constexpr std::string_view kChunksDirectory = "chunks";
inline constexpr uint32_t kChunkFileMagic = 0x85BD40DD;
inline constexpr uint8_t kChunkFileVersion = 1;
inline constexpr size_t kChunkFileHeaderBytes = 8;
inline constexpr uint64_t kChunkSegmentBytes = 512 << 20;  // the size at which writers begin the next segment

struct EncodedChunk {
  ChunkEncoding encoding = ChunkEncoding::kNone;
  Bytes data;
  size_t record_bytes = 0;  // with length, encoding and checksum
};

// The chunk whose length is at the beginning of `bytes`, which may go on behind it. `verify` checks the checksum.
absl::StatusOr<EncodedChunk> ParseChunkRecord(Bytes bytes, bool verify = true);

constexpr uint64_t MakeChunkRef(uint32_t segment, uint32_t offset) { return uint64_t{segment} << 32 | offset; }
constexpr uint32_t ChunkRefSegment(uint64_t ref) { return static_cast<uint32_t>(ref >> 32); }
constexpr uint32_t ChunkRefOffset(uint64_t ref) { return static_cast<uint32_t>(ref); }

std::string ChunkSegmentName(uint32_t segment);  // 0 is 000001

class ChunkFiles {
 public:
  // Maps the segments of `directory`, a block's chunks/. A directory without segments is fine until a chunk is asked for.
  static absl::StatusOr<ChunkFiles> Open(Files& files, const std::string& directory);

  // The bytes live as long as the ChunkFiles.
  absl::StatusOr<EncodedChunk> Read(uint64_t ref) const;
  size_t segment_count() const { return segments_.size(); }
  uint64_t file_bytes() const;

 private:
  struct Segment {
    std::string name;
    std::shared_ptr<const MappedFile> file;
  };
  std::vector<Segment> segments_;
};

}  // namespace varve
