// What it means that blocks of one group overlap, and what may be done about it without losing or inventing samples.
//
//   none           they follow each other
//   late samples   without the blocks that Prometheus cut from late samples there is no overlap
//   replicas       recordings of different replicas, whose labels the user said to be replica labels
//   unproven       copies, or parts of each other, or a conflict: their content will tell (OverlapPolicy::kStrict)
//
// Blocks whose sources are among those of another (subsets by lineage) are gone before: see blocks/meta_filter.h,
// DuplicateFilter.
// Threads  free functions over values.
#pragma once

#include <map>
#include <string_view>

#include "blocks/compact/plan_blocks.h"
#include "model/labels.h"
#include "tsdb/overlap_join.h"

namespace varve {

enum class OverlapKind { kNone, kLateSamples, kReplicas, kUnproven };
std::string_view OverlapKindName(OverlapKind kind);

struct OverlapOptions {
  bool vertical = false;  // the user lets overlaps be merged whatever they are
  bool penalty = false;   // --deduplication.func
};

// `blocks` are by min time. `replica_labels` are what ReplicaLabelFilter took out of them.
OverlapKind ClassifyOverlap(const BlockMetas& blocks, const std::map<Ulid, Labels>& replica_labels);

OverlapPolicy PolicyFor(OverlapKind kind, OverlapOptions options);

// A number for each block: equal for blocks of one replica, ascending with the replica labels.
std::vector<uint32_t> NumberReplicas(const BlockMetas& blocks, const std::map<Ulid, Labels>& replica_labels);

// Blocks that contradict each other: which to leave out so that the others do not overlap. Those with more samples stay.
BlockMetas BlocksToQuarantine(BlockMetas blocks);

}  // namespace varve
