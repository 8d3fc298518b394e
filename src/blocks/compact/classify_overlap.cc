#include "blocks/compact/classify_overlap.h"

#include <algorithm>
#include <set>

namespace varve {
namespace {

bool IsOfLateSamples(const BlockMeta& block) {
  return std::ranges::find(block.compaction.hints, "from-out-of-order") != block.compaction.hints.end();
}

Labels ReplicaOf(const std::map<Ulid, Labels>& replica_labels, Ulid id) {
  const auto found = replica_labels.find(id);
  return found != replica_labels.end() ? found->second : Labels();
}

}  // namespace

std::string_view OverlapKindName(OverlapKind kind) {
  switch (kind) {
    case OverlapKind::kNone: return "none";
    case OverlapKind::kLateSamples: return "late samples";
    case OverlapKind::kReplicas: return "replicas";
    case OverlapKind::kUnproven: break;
  }
  return "unproven";
}

OverlapKind ClassifyOverlap(const BlockMetas& blocks, const std::map<Ulid, Labels>& replica_labels) {
  if (FirstOverlap(blocks).empty()) return OverlapKind::kNone;
  std::map<Labels, BlockMetas> by_replica;
  for (const auto& block : blocks) {
    if (!IsOfLateSamples(*block)) by_replica[ReplicaOf(replica_labels, block->id)].push_back(block);
  }
  for (const auto& [replica, recording] : by_replica) {
    if (!FirstOverlap(recording).empty()) return OverlapKind::kUnproven;
  }
  return by_replica.size() > 1 ? OverlapKind::kReplicas : OverlapKind::kLateSamples;
}

OverlapPolicy PolicyFor(OverlapKind kind, OverlapOptions options) {
  switch (kind) {
    case OverlapKind::kNone: return OverlapPolicy::kUnion;
    case OverlapKind::kLateSamples: return OverlapPolicy::kUnion;
    case OverlapKind::kReplicas: return options.penalty ? OverlapPolicy::kPenalty : OverlapPolicy::kUnion;
    case OverlapKind::kUnproven: break;
  }
  if (!options.vertical) return OverlapPolicy::kStrict;
  return options.penalty ? OverlapPolicy::kPenalty : OverlapPolicy::kUnion;
}

std::vector<uint32_t> NumberReplicas(const BlockMetas& blocks, const std::map<Ulid, Labels>& replica_labels) {
  std::set<Labels> replicas;
  for (const auto& block : blocks) replicas.insert(ReplicaOf(replica_labels, block->id));
  std::vector<uint32_t> numbers;
  for (const auto& block : blocks) {
    const auto found = replicas.find(ReplicaOf(replica_labels, block->id));
    numbers.push_back(static_cast<uint32_t>(std::distance(replicas.begin(), found)));
  }
  return numbers;
}

BlockMetas BlocksToQuarantine(BlockMetas blocks) {
  std::ranges::stable_sort(blocks, std::ranges::greater(), [](const auto& block) { return block->stats.samples; });
  BlockMetas kept, quarantined;
  for (const auto& block : blocks) {
    const bool overlaps = std::ranges::any_of(kept, [&](const auto& other) { return Overlaps(other->range, block->range); });
    (overlaps ? quarantined : kept).push_back(block);
  }
  return quarantined;
}

}  // namespace varve
