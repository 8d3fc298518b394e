// Marks blocks on behalf of a compactor, counting and logging what it marks.
//
// Threads  share freely.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

#include "blocks/compact/compact_metrics.h"
#include "blocks/marks.h"
#include "runtime/clock.h"

namespace varve {

// Reasons of ours for no-compact marks: quarantine.
inline constexpr std::string_view kReasonCorrupt = "corrupt-block";             // it does not read as what it should be
inline constexpr std::string_view kReasonMissingObjects = "missing-objects";    // a file of it is not in the bucket
inline constexpr std::string_view kReasonOverlapConflict = "overlap-conflict";  // it contradicts another block of its group

class BlockMarker {
 public:
  // The references outlive the marker.
  BlockMarker(Bucket& bucket, Clock& clock, CompactMetrics& metrics, Logger logger)
      : bucket_(bucket), clock_(clock), metrics_(metrics), logger_(std::move(logger)) {}

  absl::Status MarkForDeletion(const Context& ctx, Ulid id, const std::string& details) const;
  absl::Status MarkNoCompact(const Context& ctx, Ulid id, std::string_view reason, const std::string& details) const;

 private:
  absl::Status Mark(const Context& ctx, MarkKind kind, BlockMark mark) const;

  Bucket& bucket_;
  Clock& clock_;
  CompactMetrics& metrics_;
  const Logger logger_;
};

}  // namespace varve
