#include <algorithm>
#include <cstdio>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/check_upload.h"
#include "blocks/compact/bucket_cleaner.h"
#include "blocks/compact/classify_overlap.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/bucket_tool.h"

namespace varve {
namespace {

constexpr std::string_view kIndexIssues = "index_known_issues";
constexpr std::string_view kOverlaps = "overlapped_blocks";
constexpr std::string_view kDuplicates = "duplicated_compaction";

struct VerifyConfig {
  BucketToolFlags tool;
  std::vector<std::string> issues;
  std::vector<std::string> ids;
  bool repair = false;
};

class Verification {
 public:
  Verification(const Context& ctx, const VerifyConfig& config, BucketTool& tool) : ctx_(ctx), config_(config), tool_(tool) {}

  absl::Status Run() {
    VARVE_ASSIGN_OR_RETURN(const std::vector<Ulid> ids, ParseIds(config_.ids));
    ids_.insert(ids.begin(), ids.end());
    std::vector<std::string> issues = config_.issues;
    if (issues.empty()) issues = {std::string(kIndexIssues), std::string(kOverlaps)};
    VARVE_ASSIGN_OR_RETURN(const auto snapshot, tool_.Fetch(ctx_, {}));
    for (const std::string& issue : issues) {
      if (issue == kIndexIssues) VARVE_RETURN_IF_ERROR(CheckBlocks(snapshot->blocks));
      if (issue == kOverlaps) FindOverlaps(snapshot->blocks);
      if (issue == kDuplicates) VARVE_RETURN_IF_ERROR(FindDuplicates(snapshot->blocks));
    }
    if (found_ == 0) return absl::OkStatus();
    return FailedPrecondition("{} issues were found{}", found_, config_.repair ? "; what is safe to repair was repaired" : "");
  }

 private:
  bool IsWanted(Ulid id) const { return ids_.empty() || ids_.contains(id); }

  void Report(std::string_view issue, Ulid id, std::string_view what) {
    ++found_;
    fmt::print("{}\t{}\t{}\n", issue, id, what);
  }

  absl::Status CheckBlocks(const BlockMetaMap& blocks) {
    for (const auto& [id, block] : blocks) {
      if (!IsWanted(id)) continue;
      absl::Status status = CheckObjects(ctx_, tool_.bucket(), *block);
      if (status.ok()) status = ReadBlockAgain(ctx_, tool_.environment(), block);
      VARVE_RETURN_IF_ERROR(ctx_.Check());
      if (!status.ok()) Report(kIndexIssues, id, Message(status));
    }
    return absl::OkStatus();
  }

  void FindOverlaps(const BlockMetaMap& blocks) {
    std::map<std::string, BlockMetas> groups;
    for (const auto& [id, block] : blocks) groups[GroupKey(*block)].push_back(block);
    for (auto& [key, group] : groups) {
      SortByMinTime(group);
      for (size_t i = 1; i < group.size(); ++i) {
        for (size_t before = 0; before < i; ++before) {
          if (!Overlaps(group[before]->range, group[i]->range) || !IsWanted(group[i]->id)) continue;
          Report(kOverlaps, group[i]->id, fmt::format("overlaps {} of group {}", group[before]->id, key));
        }
      }
    }
  }

  absl::Status FindDuplicates(BlockMetaMap blocks) {
    DuplicateFilter filter;
    SyncedStates states;
    VARVE_RETURN_IF_ERROR(filter.Filter(ctx_, blocks, states));
    std::map<Ulid, std::shared_ptr<const BlockMeta>> wanted;
    std::map<Ulid, BlockMark> marks;
    for (const auto& [id, covering] : filter.duplicates()) {
      if (!IsWanted(id)) continue;
      VARVE_ASSIGN_OR_RETURN(const auto mark, ReadMark(ctx_, tool_.bucket(), covering->id, MarkKind::kDeletion, tool_.logger()));
      if (mark.has_value()) marks.emplace(covering->id, *mark);
      Report(kDuplicates, id, fmt::format("all of its sources are in {}", covering->id));
      wanted.emplace(id, covering);
    }
    if (config_.repair) BucketCleaner(tool_.environment()).MarkReplaced(ctx_, wanted, marks);
    return absl::OkStatus();
  }

  const Context& ctx_;
  const VerifyConfig& config_;
  BucketTool& tool_;
  std::set<Ulid> ids_;
  uint64_t found_ = 0;
};

}  // namespace

int RunBucketVerify(std::vector<std::string> arguments) {
  VerifyConfig config;
  CommandLine flags("tools bucket verify", "Reads blocks to the end and says what is wrong with them.");
  AddFlags(flags, config.tool);
  flags.List("issues,i", config.issues, "index_known_issues, overlapped_blocks, duplicated_compaction. May be repeated.");
  flags.List("id", config.ids, "Blocks to verify; all if none is given.");
  flags.Switch("repair,r", config.repair,
               "Mark for deletion what another block replaces. The compactor resolves, or quarantines, the rest.");
  flags.Ignore({"delete-delay"}, "nothing is deleted here, only marked: the compactor deletes after its own delay");
  flags.Refuse({"objstore-backup.config", "objstore-backup.config-file"}, "nothing is deleted here; leave the flag out");
  return RunTool(flags, config.tool, std::move(arguments),
                 [&config](const Context& ctx, BucketTool& tool) { return Verification(ctx, config, tool).Run(); });
}

}  // namespace varve
