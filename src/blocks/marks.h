// Marks: small files beside a block that say what should or should not be done with it.
//
//   <ULID>/deletion-mark.json        {"id":"01ARZ...","version":1,"details":"...","deletion_time":1700000000}
//   <ULID>/no-compact-mark.json      {"id":...,"version":1,"details":...,"no_compact_time":...,"reason":"manual"}
//   <ULID>/no-downsample-mark.json   {"id":...,"version":1,"details":...,"no_downsample_time":...,"reason":"manual"}
//
// Shape    a mark is written once; asking for it again changes nothing, so a delay counts from the first time.
// Units    the time is in Unix seconds, unlike all other times.
// Errors   InvalidArgument for bytes that are no mark, Unimplemented for a version other than 1.
// Source   thanos pkg/block/metadata/markers.go; docs/formats/marks.md.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/ulid.h"
#include "objstore/bucket.h"
#include "runtime/log.h"

namespace varve {

enum class MarkKind { kDeletion, kNoCompact, kNoDownsample };

// Reasons of no-compact and no-downsample marks. Others may be met in a bucket.
inline constexpr std::string_view kReasonManual = "manual";
inline constexpr std::string_view kReasonIndexSize = "index-size-exceeding";
inline constexpr std::string_view kReasonOutOfOrderChunks = "block-index-out-of-order-chunk";
inline constexpr std::string_view kReasonDownsampleVertical = "downsample-vertical-compaction";

struct BlockMark {
  Ulid id;
  int64_t time_s = 0;   // when the block was marked
  std::string reason;   // not of deletion marks
  std::string details;  // for people
  friend bool operator==(const BlockMark&, const BlockMark&) = default;
};

std::string_view MarkFileName(MarkKind kind);

absl::StatusOr<BlockMark> ParseMark(MarkKind kind, std::string_view json);
std::string FormatMark(MarkKind kind, const BlockMark& mark);

// The mark of a block; nothing if there is none. Bytes that are no mark are taken for an upload that broke off: nothing, and a
// warning in the log.
absl::StatusOr<std::optional<BlockMark>> ReadMark(const Context& ctx, Bucket& bucket, Ulid id, MarkKind kind,
                                                  const Logger& logger);

// Marks the block; false, and nothing changes, if it was marked before.
absl::StatusOr<bool> WriteMark(const Context& ctx, Bucket& bucket, MarkKind kind, const BlockMark& mark);

}  // namespace varve
