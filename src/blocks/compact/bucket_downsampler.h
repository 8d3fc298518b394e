// Makes the 5 m and 1 h blocks that are due and that no compaction made on its way (blocks/downsample/downsample_plan.h says
// which).
//
// Shape    a source is read from the bucket as a stream, like the inputs of a compaction; the results are checked, uploaded and
//          read back like its result. What a block's failure keeps from being made is tried again the next time; the others go
//          on.
// Errors   the first failure, after everything else was done.
// Threads  one at a time.
// Source   thanos cmd/thanos/downsample.go downsampleBucket.
#pragma once

#include <absl/status/status.h>

#include <set>

#include "blocks/compact/compaction_environment.h"
#include "blocks/downsample/downsample_plan.h"
#include "blocks/meta_cache.h"
#include "blocks/upload_block.h"

namespace varve {

struct BucketDownsamplerOptions {
  DownsampleOptions plan;
  UploadOptions upload;
  size_t concurrency = 1;
};

class BucketDownsampler {
 public:
  BucketDownsampler(const CompactionEnvironment& environment, BucketDownsamplerOptions options)
      : environment_(environment), options_(std::move(options)) {}

  // `excluded` are blocks with a no-downsample or a deletion mark.
  absl::Status Downsample(const Context& ctx, BlockMetaMap blocks, const std::set<Ulid>& excluded);
  DownsamplePlan Plan(const BlockMetaMap& blocks, const std::set<Ulid>& excluded) const;

 private:
  absl::StatusOr<std::vector<BlockMeta>> RunTask(const Context& ctx, const DownsampleTask& task,
                                                 std::shared_ptr<const BlockMeta> source);
  absl::StatusOr<std::vector<BlockMeta>> MakeBlocks(const Context& ctx, const DownsampleTask& task,
                                                    std::shared_ptr<const BlockMeta> source, const std::string& directory);

  const CompactionEnvironment& environment_;
  const BucketDownsamplerOptions options_;
};

}  // namespace varve
