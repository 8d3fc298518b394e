// Compacts the blocks of a bucket, group by group, until nothing is left to be done. It does not halt: what cannot be done for
// one group leaves the others alone.
//
//   a block that does not read as it should        read again; if it fails in the same way twice, quarantined:
//                                                 a no-compact mark with the reason; the group goes on
//   blocks that contradict each other              all but the one with most samples quarantined; the group goes on
//   a meta.json that reads otherwise the next time   the group is held until the next call, and it is read anew
//   the bucket, the disk, a peer out of order      the group is held until the next call
//   no external labels, blocks of the future       held, with the reason in the report
//
// Shape    plans of all groups that do not depend on each other are carried out at once, `concurrency` of them, then the next
//          ones.
// Errors   Compact itself fails only when its context ends; the rest is in the report.
// Threads  Compact from one thread at a time.
// Source   thanos pkg/compact/compact.go BucketCompactor; our classification of overlaps: classify_overlap.h.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "blocks/compact/classify_overlap.h"
#include "blocks/compact/compact_plan.h"
#include "blocks/downsample/downsample_plan.h"
#include "blocks/meta_cache.h"

namespace varve {

struct BucketCompactorOptions {
  std::vector<int64_t> ranges_ms = CompactionRangesMs();
  OverlapOptions overlaps;
  CompactionOptions compaction;
  size_t concurrency = 1;
  uint64_t index_bytes_max = uint64_t{64} << 30;  // of a block made; estimated as the sum of its inputs'
  std::optional<DownsampleOptions> downsample;    // what a block made is due for is made in the same pass
};

struct CompactionView {  // of the bucket, after the filters
  BlockMetaMap blocks;
  std::set<Ulid> excluded;                // with a no-compact or a deletion mark
  std::map<Ulid, Labels> replica_labels;  // see ReplicaLabelFilter
  std::set<Ulid> not_downsampled;         // with a no-downsample mark
};

struct CompactionReport {
  uint64_t compactions = 0;
  uint64_t blocks_compacted = 0;
  uint64_t quarantined = 0;                  // blocks
  std::map<std::string, absl::Status> held;  // groups that could not go on, by key
};

class BucketCompactor {
 public:
  BucketCompactor(const CompactionEnvironment& environment, BucketCompactorOptions options);

  absl::StatusOr<CompactionReport> Compact(const Context& ctx, const CompactionView& view);

 private:
  struct Group;
  struct Job;

  std::map<std::string, Group> MakeGroups(const Context& ctx, const CompactionView& view, CompactionReport& report);
  absl::StatusOr<std::vector<BlockMetas>> PlanGroup(const Context& ctx, Group& group);
  absl::StatusOr<uint64_t> IndexBytes(const Context& ctx, const BlockMeta& block);
  absl::StatusOr<bool> ExcludeLargest(const Context& ctx, Group& group, const BlockMetas& plan);
  std::vector<Job> PlanJobs(const Context& ctx, const CompactionView& view, std::map<std::string, Group>& groups,
                            CompactionReport& report);
  std::vector<int64_t> DueResolutions(const CompactionView& view, const BlockMetas& plan) const;
  void RunJob(const Context& ctx, Job& job);
  void Settle(const Job& job, CompactionReport& report);
  absl::Status Quarantine(const Context& ctx, Job& job, const absl::Status& why);
  absl::Status QuarantineFaulty(const Context& ctx, Job& job, const absl::Status& why);

  const CompactionEnvironment& environment_;
  const BucketCompactorOptions options_;
  const BlockMarker marker_;
};

// How many compactions, of how many blocks, are to be done.
struct CompactionBacklog {
  uint64_t compactions = 0;
  uint64_t blocks = 0;
};
CompactionBacklog CountBacklog(const CompactionView& view, const std::vector<int64_t>& ranges_ms);

}  // namespace varve
