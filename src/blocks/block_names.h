// Where the parts of a block lie in a bucket.
//
//   01ARZ.../meta.json          uploaded last, deleted first: a block without it is not there yet, or not any more
//   01ARZ.../index
//   01ARZ.../chunks/000001 ...
//   01ARZ.../deletion-mark.json and the other marks (blocks/marks.h)
//
// Source   thanos pkg/block/block.go.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/ulid.h"
#include "tsdb/block_meta.h"    // kMetaFileName
#include "tsdb/chunk_files.h"   // kChunksDirectory, ChunkSegmentName
#include "tsdb/index_format.h"  // kIndexFileName

namespace varve {

inline constexpr std::string_view kIndexHeaderFileName = "index-header";  // local only

inline std::string BlockObjectName(Ulid id, std::string_view part) { return fmt::format("{}/{}", id, part); }

inline std::string SegmentObjectName(Ulid id, uint32_t segment) {
  return fmt::format("{}/{}/{}", id, kChunksDirectory, ChunkSegmentName(segment));
}

// The block a name in the bucket's root belongs to, with or without its slash; nothing if it names no block.
inline std::optional<Ulid> BlockOfDirectory(std::string_view name) {
  if (name.ends_with('/')) name.remove_suffix(1);
  const absl::StatusOr<Ulid> id = Ulid::Parse(name);
  return id.ok() ? std::optional(*id) : std::nullopt;
}

}  // namespace varve
