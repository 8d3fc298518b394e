// Makes a new block of one in a bucket, with series relabelled and samples deleted; at every resolution.
//
// Shape    one pass over the index decides what becomes of each series; a dry run ends there. A second one copies the chunks in
//          the order of the new labels; only those that lose samples, or that overlap because two series have become one, are
//          encoded anew. The new block is checked, uploaded and read back before anyone sees it (publish_block.h). It is a source
//          of its own (compaction.sources), and thanos.rewrites says what was done.
// Units    memory holds the labels of every series that stays.
// Errors   FailedPrecondition if relabelling makes downsampled series one where they overlap: that needs their raw samples.
//          DataLoss for a block that is damaged. Nothing is changed in the bucket then.
// Threads  a free function.
// Source   thanos cmd/thanos/tools_bucket.go registerBucketRewrite, pkg/compactv2.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>

#include "blocks/compact/compaction_environment.h"
#include "blocks/rewrite/series_changes.h"
#include "blocks/upload_block.h"

namespace varve {

struct RewriteOptions {
  bool dry_run = true;
  UploadOptions upload;
};

struct RewriteReport {
  std::optional<BlockMeta> made;  // none after a dry run, or if no sample is left
  uint64_t series_deleted = 0;    // as a whole
  uint64_t series_cut = 0;        // losing samples of some times
  uint64_t series_relabelled = 0;
  uint64_t samples_deleted = 0;  // of those cut; windows of a downsampled block
};

// Works in <environment.directory>/<ULID of the block>, which is removed in the end.
absl::StatusOr<RewriteReport> RewriteBlock(const Context& ctx, const CompactionEnvironment& environment,
                                           std::shared_ptr<const BlockMeta> block, const SeriesChanges& changes,
                                           const RewriteOptions& options, const ChangeLog& log);

}  // namespace varve
