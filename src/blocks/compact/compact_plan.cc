#include "blocks/compact/compact_plan.h"

#include <algorithm>

#include "base/errors.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/compact/downsample_writer.h"
#include "blocks/compact/merge_extensions.h"
#include "blocks/compact/publish_block.h"
#include "tsdb/check_block.h"

namespace varve {
namespace {

class PlanRun {
 public:
  PlanRun(const Context& ctx, const CompactionEnvironment& environment, const CompactionPlan& plan,
          const CompactionOptions& options, CompactionResult& result)
      : ctx_(ctx), environment_(environment), plan_(plan), options_(options), result_(result), directory_(WorkDirectory()) {}

  absl::Status Run() {
    for (const auto& input : plan_.inputs) VARVE_RETURN_IF_ERROR(environment_.metas.Confirm(ctx_, input->id));
    VARVE_RETURN_IF_ERROR(environment_.files.MakeDirectories(directory_));
    std::optional<BlockMeta> made = FindFinished();
    if (!made.has_value()) {
      VARVE_RETURN_IF_ERROR(OpenInputs());
      VARVE_RETURN_IF_ERROR(Merge());
      made = result_.merge.meta;
    }
    if (made.has_value()) VARVE_RETURN_IF_ERROR(Publish(*made));
    VARVE_RETURN_IF_ERROR(MarkInputs());
    return environment_.files.RemoveTree(directory_);
  }

  void RemoveWork() { environment_.files.RemoveTree(directory_).IgnoreError(); }

 private:
  std::string WorkDirectory() const {
    std::string ids;
    for (const auto& input : plan_.inputs) ids += input->id.ToString();
    return JoinPath(JoinPath(environment_.directory, plan_.group), fmt::format("{:016x}", XxHash64(ids)));
  }

  // A whole block made of these inputs before, by a process that died.
  std::optional<BlockMeta> FindFinished() const {
    const absl::StatusOr<std::vector<std::string>> names = environment_.files.List(directory_);
    if (!names.ok()) return std::nullopt;
    for (const std::string& name : *names) {
      const absl::StatusOr<Ulid> id = Ulid::Parse(name);
      if (!id.ok()) continue;
      absl::StatusOr<BlockMeta> meta = ReadBlockMeta(environment_.files, JoinPath(directory_, name));
      if (!meta.ok() || meta->id != *id || ResolutionMsOf(*meta) != ResolutionMsOf(*plan_.inputs.front())) continue;
      const bool same = std::ranges::equal(meta->compaction.parents, plan_.inputs, {}, &BlockParent::id,
                                           [](const auto& input) { return input->id; });
      if (same) return *std::move(meta);
    }
    return std::nullopt;
  }

  absl::Status OpenInputs() {
    inputs_.resize(plan_.inputs.size());
    std::vector<absl::Status> statuses(plan_.inputs.size());
    const InputEnvironment environment{environment_.bucket, environment_.files, environment_.io};
    TaskGroup group(ctx_, environment_.io, {.parallel_max = std::max<size_t>(options_.fetch_parallel_max, 1)});
    for (size_t i = 0; i < inputs_.size(); ++i) {
      group.Run([this, i, &environment, &statuses](const Context& task_ctx) {
        auto input = InputBlock::Open(task_ctx, environment, plan_.inputs[i], directory_);
        if (input.ok()) inputs_[i] = *std::move(input);
        return statuses[i] = input.status();
      });
    }
    const absl::Status status = group.Wait();
    const auto failed = std::ranges::find(statuses, status);
    if (!status.ok() && failed != statuses.end()) {
      result_.faulty = plan_.inputs[static_cast<size_t>(failed - statuses.begin())]->id;
    }
    return status;
  }

  BlockWriterOptions WriterOptions() const {
    const BlockMeta& first = *plan_.inputs.front();
    ThanosMeta thanos;
    if (first.thanos.has_value()) thanos.labels = first.thanos->labels;
    thanos.resolution_ms = ResolutionMsOf(first);
    thanos.source = "compactor";
    thanos.extensions = MergeExtensions(plan_.inputs);
    return {.id = environment_.new_id(),
            .range = MergedRange(plan_.inputs),
            .compaction = MergedCompaction(plan_.inputs),
            .thanos = std::move(thanos),
            .segment_bytes = options_.segment_bytes,
            .sync = false};
  }

  absl::Status Merge() {
    MergeRequest request{
        .files = environment_.files, .parent = directory_, .writer = WriterOptions(), .inputs = {}, .overlaps = plan_.overlaps};
    for (size_t i = 0; i < inputs_.size(); ++i) {
      request.inputs.push_back({.id = inputs_[i]->meta().id, .scan = inputs_[i]->scan(), .replica = plan_.replicas[i]});
    }
    std::unique_ptr<DownsampleWriter> downsample;
    if (!plan_.downsample_to_ms.empty()) {
      BlockMeta made{.id = request.writer.id, .range = *request.writer.range};
      made.compaction = request.writer.compaction;
      made.thanos = request.writer.thanos;
      VARVE_ASSIGN_OR_RETURN(downsample, DownsampleWriter::Create(environment_.files, directory_, made, plan_.downsample_to_ms,
                                                                  environment_.new_id));
      request.listener = downsample.get();
    }
    const absl::Status status = MergeBlocks(ctx_, request, result_.merge);
    if (result_.merge.failed_input.has_value()) result_.faulty = plan_.inputs[*result_.merge.failed_input]->id;
    environment_.metrics.samples.Increment(static_cast<double>(result_.merge.samples_read));
    inputs_.clear();
    VARVE_RETURN_IF_ERROR(status);
    if (downsample == nullptr || !result_.merge.meta.has_value()) return absl::OkStatus();
    VARVE_ASSIGN_OR_RETURN(downsampled_, downsample->Finish());
    return absl::OkStatus();
  }

  absl::Status Publish(const BlockMeta& made) {
    const auto publish = [this](const BlockMeta& meta) {
      return PublishBlock(ctx_, environment_, JoinPath(directory_, meta.id.ToString()), options_.upload);
    };
    VARVE_ASSIGN_OR_RETURN(result_.made, publish(made));
    for (const BlockMeta& meta : downsampled_) {
      VARVE_ASSIGN_OR_RETURN(BlockMeta published, publish(meta));
      result_.downsampled.push_back(std::move(published));
    }
    return absl::OkStatus();
  }

  // Not stopped half-way by a shutdown: each mark is one small request.
  absl::Status MarkInputs() const {
    const BlockMarker marker(environment_.bucket, environment_.clock, environment_.metrics, environment_.logger);
    const std::string details = result_.made.has_value() ? fmt::format("source of compacted block {}", result_.made->id)
                                                         : std::string("no sample of the block is left");
    for (const auto& input : plan_.inputs) VARVE_RETURN_IF_ERROR(marker.MarkForDeletion(Context(), input->id, details));
    return absl::OkStatus();
  }

  const Context& ctx_;
  const CompactionEnvironment& environment_;
  const CompactionPlan& plan_;
  const CompactionOptions& options_;
  CompactionResult& result_;
  const std::string directory_;
  std::vector<std::unique_ptr<InputBlock>> inputs_;
  std::vector<BlockMeta> downsampled_;
};

}  // namespace

absl::Status CompactPlan(const Context& ctx, const CompactionEnvironment& environment, const CompactionPlan& plan,
                         const CompactionOptions& options, CompactionResult& result) {
  result = CompactionResult();
  PlanRun run(ctx, environment, plan, options, result);
  absl::Status status = run.Run();
  if (absl::IsResourceExhausted(status) || result.faulty.has_value()) run.RemoveWork();
  return status;
}

absl::Status ReadBlockAgain(const Context& ctx, const CompactionEnvironment& environment,
                            std::shared_ptr<const BlockMeta> block) {
  const std::string directory = JoinPath(JoinPath(environment.directory, "again"), block->id.ToString());
  VARVE_RETURN_IF_ERROR(environment.files.RemoveTree(directory));
  const BlockStats stats = block->stats;
  auto input = InputBlock::Open(ctx, {environment.bucket, environment.files, environment.io}, std::move(block), directory);
  absl::Status status = input.status();
  if (status.ok()) status = CheckBlock(ctx, (*input)->scan(), stats, {.overlaps_allowed = true});
  environment.files.RemoveTree(directory).IgnoreError();
  return status;
}

}  // namespace varve
