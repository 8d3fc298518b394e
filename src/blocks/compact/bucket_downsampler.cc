#include "blocks/compact/bucket_downsampler.h"

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/compact/downsample_writer.h"
#include "blocks/compact/input_block.h"
#include "blocks/compact/publish_block.h"
#include "tsdb/overlap_join.h"

namespace varve {

DownsamplePlan BucketDownsampler::Plan(const BlockMetaMap& blocks, const std::set<Ulid>& excluded) const {
  DownsampleOptions options = options_.plan;
  options.marked = excluded;
  return PlanDownsampling(blocks, environment_.clock.NowMs(), options);
}

absl::StatusOr<std::vector<BlockMeta>> BucketDownsampler::MakeBlocks(const Context& ctx, const DownsampleTask& task,
                                                                     std::shared_ptr<const BlockMeta> source,
                                                                     const std::string& directory) {
  const BlockMeta& meta = *source;
  VARVE_ASSIGN_OR_RETURN(const auto input,
                         InputBlock::Open(ctx, {environment_.bucket, environment_.files, environment_.io}, source, directory));
  VARVE_ASSIGN_OR_RETURN(const auto writer,
                         DownsampleWriter::Create(environment_.files, directory, meta, task.resolutions_ms, environment_.new_id));
  LabelResolver labels(input->index().symbols());
  OverlapJoin join(OverlapPolicy::kUnion);
  std::vector<ChunkPiece> pieces;
  std::vector<ChunkView> chunks;
  BlockScan scan(ctx, input->scan());
  while (scan.Next()) {
    pieces.clear();
    for (const ChunkView& chunk : scan.At().chunks) pieces.push_back({.chunk = chunk});
    VARVE_RETURN_IF_ERROR(join.Join(pieces, chunks));
    VARVE_ASSIGN_OR_RETURN(const Labels series, labels.Resolve(scan.At().labels));
    VARVE_RETURN_IF_ERROR(writer->OnSeries(series, chunks));
  }
  VARVE_RETURN_IF_ERROR(scan.status());
  return writer->Finish();
}

absl::StatusOr<std::vector<BlockMeta>> BucketDownsampler::RunTask(const Context& ctx, const DownsampleTask& task,
                                                                  std::shared_ptr<const BlockMeta> source) {
  VARVE_RETURN_IF_ERROR(environment_.metas.Confirm(ctx, task.source));
  const std::string directory = JoinPath(JoinPath(environment_.directory, "downsample"), task.source.ToString());
  VARVE_RETURN_IF_ERROR(environment_.files.RemoveTree(directory));  // of a process that died
  VARVE_RETURN_IF_ERROR(environment_.files.MakeDirectories(directory));
  absl::StatusOr<std::vector<BlockMeta>> made = MakeBlocks(ctx, task, std::move(source), directory);
  std::vector<BlockMeta> published;
  absl::Status status = made.status();
  for (size_t i = 0; status.ok() && i < made->size(); ++i) {
    auto meta = PublishBlock(ctx, environment_, JoinPath(directory, (*made)[i].id.ToString()), options_.upload);
    status = meta.status();
    if (meta.ok()) published.push_back(*std::move(meta));
  }
  environment_.files.RemoveTree(directory).IgnoreError();
  if (!status.ok()) return Annotate(status, "downsample block {}", task.source);
  return published;
}

absl::Status BucketDownsampler::Downsample(const Context& ctx, BlockMetaMap blocks, const std::set<Ulid>& excluded) {
  absl::Status first_failure;
  std::set<Ulid> left_alone = excluded;
  while (true) {
    const DownsamplePlan plan = Plan(blocks, left_alone);
    if (plan.tasks.empty()) return first_failure;
    Mutex mutex;
    TaskGroup group(ctx, environment_.workers, {.parallel_max = std::max<size_t>(options_.concurrency, 1)});
    for (const DownsampleTask& task : plan.tasks) {
      left_alone.insert(task.source);  // done or failed, not again in this round
      group.Run([&, source = blocks.at(task.source)](const Context& task_ctx) {
        const MetricLabels resolution = ResolutionLabel(ResolutionMsOf(*source));
        const TimestampMs began = environment_.clock.NowMs();
        auto made = RunTask(task_ctx, task, source);
        environment_.metrics.downsample_seconds.Observe(static_cast<double>(environment_.clock.NowMs() - began) / 1000);
        environment_.metrics.downsamples.Add(resolution).Increment();
        MutexLock lock(mutex);
        if (!made.ok()) {
          environment_.metrics.downsample_failures.Add(resolution).Increment();
          environment_.metrics.downsample_failed.Increment();
          environment_.logger.Error("downsampling failed", {{"block", task.source.ToString()}, {"err", made.status()}});
          first_failure.Update(made.status());
          return absl::OkStatus();
        }
        for (BlockMeta& meta : *made) {
          environment_.logger.Info(
              "downsampled block",
              {{"block", task.source.ToString()}, {"made", meta.id.ToString()}, {"resolution_ms", ResolutionMsOf(meta)}});
          const Ulid id = meta.id;
          blocks.emplace(id, std::make_shared<const BlockMeta>(std::move(meta)));
        }
        return absl::OkStatus();
      });
    }
    VARVE_RETURN_IF_ERROR(group.Wait());
    VARVE_RETURN_IF_ERROR(ctx.Check());
  }
}

}  // namespace varve
