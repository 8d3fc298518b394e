// Lifecycle rules that are safe for the blocks of a bucket: the chunk files of settled raw blocks go to a colder class that is still
// read at once; everything else stays, and deleting is left to the compactor.
//
// Shape    one prefix a block, "<ulid>/chunks/", since rules cannot tell raw from downsampled by anything else in a name. The
//          policy is for the blocks of today: write it again now and then. Blocks that gain most come first where a cloud's limit
//          on rules does not let in all. Blocks that retention deletes before the class' minimum are left out: moving them costs.
//          By the mark that writers may put on (objstore/raw_chunks_mark.h) one rule does, for all blocks to come; blocks
//          written before the mark was asked for stay.
// Errors   InvalidArgument for a class that cannot be read or is not of that cloud, and for an expiration before the end of retention.
// Threads  a pure function.
// Source   limits: 1,000 rules a bucket (S3); 100 rules with 50 prefixes each (GCS).
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "blocks/lifecycle/block_outlook.h"
#include "blocks/lifecycle/storage_class.h"

namespace varve {

struct LifecycleWish {
  std::string provider = "S3";  // or GCS
  std::string storage_class;    // "": GLACIER_IR or COLDLINE
  int64_t expire_after_ms = 0;  // 0: no expiration, as is best
  std::string object_prefix;    // "" or "tenants/a/"
  bool by_mark = false;         // one rule for what carries the mark, for good, instead of one for each block of today
};

struct LifecyclePlan {
  std::string json;  // for aws s3api put-bucket-lifecycle-configuration, or gcloud storage buckets update --lifecycle-file
  size_t moved_blocks = 0, left_out_blocks = 0;  // the latter for a limit on rules
  uint64_t moved_bytes = 0;                      // these three are not known by the mark
  double saved_per_month = 0, moving_costs = 0;  // dollars
};

absl::StatusOr<LifecyclePlan> PlanLifecycle(const std::vector<BlockOutlook>& blocks, const RetentionMs& retention,
                                            const LifecycleWish& wish, TimestampMs now);

}  // namespace varve
