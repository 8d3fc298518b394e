// Several blocks into one.
//
//   MergeRequest request{.files = files, .parent = directory, .writer = {.id = id, .range = range, ...}, .inputs = inputs};
//   MergeReport report;
//   VARVE_RETURN_IF_ERROR(MergeBlocks(ctx, request, report));    // report.failed_input says whose fault it was
//   if (report.meta) ...                                         // nothing is written if no sample is left
//
// Shape    series stream by in label order, chunks are copied byte for byte where they overlap no other (tsdb/overlap_join.h
//          where they do), the index is written once, front to back. Memory holds symbols, postings offsets and one series of
//          each input; it does not grow with the samples.
// Errors   DataLoss for an input that is not what it should be; FailedPrecondition for overlaps that the policy refuses;
//          ResourceExhausted for a full disk or format; Internal if the samples that went in are not those that came out.
// Threads  one merge, one thread; several merges may run at once.
// Source   prometheus tsdb/compact.go DefaultBlockPopulator.
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>
#include <vector>

#include "base/ulid.h"
#include "runtime/context.h"
#include "runtime/files.h"
#include "tsdb/block_scan.h"
#include "tsdb/block_writer.h"
#include "tsdb/overlap_join.h"

namespace varve {

struct MergeInput {
  Ulid id;  // for messages
  ScanInput scan;
  uint32_t replica = 0;  // inputs of one replica have the same number
};

// Hears of every series that is written; for work that is fused with the merge.
class MergedSeriesListener {
 public:
  virtual ~MergedSeriesListener() = default;
  // `symbols` are those that `labels` number; all of it is valid during the call.
  virtual absl::Status OnSeries(std::span<const std::string_view> symbols, std::span<const SymbolPair> labels,
                                std::span<const ChunkView> chunks) = 0;
};

struct MergeRequest {
  Files& files;
  std::string parent;  // where the block's directory is made
  BlockWriterOptions writer;
  std::vector<MergeInput> inputs;
  OverlapPolicy overlaps = OverlapPolicy::kStrict;
  MergedSeriesListener* listener = nullptr;  // may be null
};

struct MergeReport {
  std::optional<BlockMeta> meta;       // of the block written
  std::optional<size_t> failed_input;  // whose data the error is about
  uint64_t samples_read = 0;           // of all chunks of all inputs
  uint64_t samples_deleted = 0;        // by tombstones
  JoinStats join;
};

absl::Status MergeBlocks(const Context& ctx, const MergeRequest& request, MergeReport& report);

}  // namespace varve
