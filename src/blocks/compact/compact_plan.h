// Carries out one plan: some blocks of the bucket become one.
//
//   confirm metas -> open inputs -> merge -> check the result on disk -> upload, read back, meta.json -> mark the inputs for deletion
//
// Shape    works in <directory>/<group>/<hash of the inputs>. A block that a killed process had finished there is not made
//          again, nor are objects uploaded again that are in the bucket with the right size. Whatever the step it dies in, the
//          bucket holds the inputs, or the result, or both. Downsampled blocks are made in the same pass, and uploaded after the
//          result.
// Errors   those of the steps, with the block at fault in `faulty` if it is one of the inputs. ResourceExhausted: the disk is
//          full.
// Threads  several plans may be carried out at once if no block is in two of them.
// Source   thanos pkg/compact/compact.go Group.compact.
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>
#include <vector>

#include "blocks/compact/block_marker.h"
#include "blocks/compact/compaction_environment.h"
#include "blocks/compact/input_block.h"
#include "blocks/compact/plan_blocks.h"
#include "blocks/upload_block.h"
#include "runtime/log.h"
#include "tsdb/merge_blocks.h"

namespace varve {

struct CompactionPlan {
  std::string group;  // its key
  BlockMetas inputs;
  std::vector<uint32_t> replicas;  // of each input; as long as inputs
  OverlapPolicy overlaps = OverlapPolicy::kStrict;
  std::vector<int64_t> downsample_to_ms;  // resolutions made on the way, ascending
};

struct CompactionOptions {
  UploadOptions upload;
  size_t fetch_parallel_max = 1;  // inputs opened at a time
  uint64_t segment_bytes = kChunkSegmentBytes;
};

struct CompactionResult {
  std::optional<BlockMeta> made;  // none if no sample was left
  std::vector<BlockMeta> downsampled;
  std::optional<Ulid> faulty;  // the input that the error is about
  MergeReport merge;
};

absl::Status CompactPlan(const Context& ctx, const CompactionEnvironment& environment, const CompactionPlan& plan,
                         const CompactionOptions& options, CompactionResult& result);

// Reads an input again from the bucket, to the end: a fault may have been the network's.
absl::Status ReadBlockAgain(const Context& ctx, const CompactionEnvironment& environment, std::shared_ptr<const BlockMeta> block);

}  // namespace varve
