#include "blocks/rewrite/rewrite_block.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/compact/input_block.h"
#include "blocks/compact/publish_block.h"
#include "tsdb/block_writer.h"
#include "tsdb/overlap_join.h"

namespace varve {
namespace {

constexpr size_t kCheckContextEvery = 1024;  // series

std::string IntervalsText(const DeletedIntervals& intervals) {
  std::string text = "[";
  for (const QueryRange& interval : intervals) {
    text += fmt::format("{}{{{} {}}}", text.size() > 1 ? " " : "", interval.min, interval.max_inclusive);
  }
  return text + "]";
}

class Rewrite {
 public:
  Rewrite(const Context& ctx, const CompactionEnvironment& environment, std::shared_ptr<const BlockMeta> block,
          const SeriesChanges& changes, const RewriteOptions& options, const ChangeLog& log)
      : ctx_(ctx),
        environment_(environment),
        block_(std::move(block)),
        changes_(changes),
        options_(options),
        log_(log),
        directory_(JoinPath(environment.directory, block_->id.ToString())) {}

  absl::StatusOr<RewriteReport> Run() {
    VARVE_RETURN_IF_ERROR(environment_.files.RemoveTree(directory_));  // of a process that died
    VARVE_RETURN_IF_ERROR(environment_.files.MakeDirectories(directory_));
    VARVE_ASSIGN_OR_RETURN(
        input_, InputBlock::Open(ctx_, {environment_.bucket, environment_.files, environment_.io}, block_, directory_));
    VARVE_RETURN_IF_ERROR(DecideAll());
    if (options_.dry_run) return report_;
    VARVE_ASSIGN_OR_RETURN(const std::optional<BlockMeta> made, Write());
    input_.reset();
    if (!made.has_value()) return report_;
    const std::string directory = JoinPath(directory_, made->id.ToString());
    VARVE_ASSIGN_OR_RETURN(report_.made, PublishBlock(ctx_, environment_, directory, options_.upload));
    return report_;
  }

  void RemoveWork() { environment_.files.RemoveTree(directory_).IgnoreError(); }

 private:
  struct KeptSeries {
    Labels labels;
    SeriesRef ref = 0;
  };

  absl::Status DecideAll() {
    const auto all = input_->index().postings_offsets().AllSeries();
    if (!all) return DataLoss("index: there is no list of all series");
    VARVE_ASSIGN_OR_RETURN(const PostingsView refs, input_->index().ReadPostings(*all));
    tombstones_ = input_->tombstones();
    LabelResolver labels(input_->index().symbols());
    SeriesEntry entry;
    for (size_t i = 0; i < refs.size(); ++i) {
      if (i % kCheckContextEvery == 0) VARVE_RETURN_IF_ERROR(ctx_.Check());
      VARVE_RETURN_IF_ERROR(Annotate(input_->index().ReadSeries(refs[i], entry), "index"));
      VARVE_ASSIGN_OR_RETURN(const Labels series, labels.Resolve(entry.labels));
      DecideOne(refs[i], series, entry.chunks);
    }
    std::ranges::stable_sort(kept_, {}, &KeptSeries::labels);
    for (const KeptSeries& kept : kept_) refs_.push_back(kept.ref);
    return absl::OkStatus();
  }

  void DecideOne(SeriesRef ref, const Labels& series, const std::vector<ChunkMeta>& chunks) {
    SeriesFate fate = Decide(changes_, series);
    if (fate.labels.empty()) {
      ++report_.series_deleted;
      QueryRange times{kMaxTimestamp, kMinTimestamp};
      for (const ChunkMeta& chunk : chunks) {
        times = {std::min(times.min, chunk.min_time), std::max(times.max_inclusive, chunk.max_time)};
      }
      return log_(fmt::format("Deleted {} {}", series.ToString(), IntervalsText({times})));
    }
    if (fate.labels != series) {
      ++report_.series_relabelled;
      log_(fmt::format("Relabelled {} {}", series.ToString(), fate.labels.ToString()));
    }
    CutOut(ref, fate, chunks);
    kept_.push_back({std::move(fate.labels), ref});
  }

  void CutOut(SeriesRef ref, const SeriesFate& fate, const std::vector<ChunkMeta>& chunks) {
    Tombstones met;  // those of the intervals that any chunk has
    for (const QueryRange& interval : fate.intervals) {
      for (const ChunkMeta& chunk : chunks) {
        met.Add(ref, {std::max(interval.min, chunk.min_time), std::min(interval.max_inclusive, chunk.max_time)});
      }
      tombstones_.Add(ref, interval);
    }
    if (met.empty()) return;
    ++report_.series_cut;
    log_(fmt::format("Deleted {} {}", fate.labels.ToString(), IntervalsText(met.Of(ref))));
  }

  BlockWriterOptions WriterOptions() const {
    BlockWriterOptions writer{.id = Ulid::New(), .range = block_->range, .compaction = block_->compaction, .sync = false};
    writer.compaction.sources = {writer.id};
    ThanosMeta thanos = block_->thanos.value_or(ThanosMeta());
    thanos.source = "bucket.rewrite";
    thanos.files.clear();
    thanos.upload_time.reset();
    thanos.rewrites.push_back({.sources = block_->compaction.sources,
                               .deletions_applied = DeletionsJson(changes_.deletions),
                               .relabels_applied = RelabelsJson(changes_.relabels)});
    writer.thanos = std::move(thanos);
    return writer;
  }

  absl::StatusOr<std::optional<BlockMeta>> Write() {
    ScanInput input = input_->scan();
    input.tombstones = &tombstones_;
    input.series = &refs_;
    BlockScan scan(ctx_, input);
    std::unique_ptr<BlockWriter> writer;
    while (scan.Next()) {
      if (writer == nullptr) {
        VARVE_ASSIGN_OR_RETURN(writer, BlockWriter::Create(environment_.files, directory_, WriterOptions()));
      }
      const Labels& labels = kept_[scan.position()].labels;
      if (!pieces_.empty() && *pending_ != labels) VARVE_RETURN_IF_ERROR(WritePending(*writer));
      pending_ = &labels;
      for (const ChunkView& chunk : scan.At().chunks) pieces_.push_back({.chunk = chunk});
      owners_.insert(owners_.end(), scan.At().owners.begin(), scan.At().owners.end());
    }
    VARVE_RETURN_IF_ERROR(scan.status());
    report_.samples_deleted = scan.samples_deleted();
    if (writer == nullptr) return std::nullopt;
    VARVE_RETURN_IF_ERROR(WritePending(*writer));
    VARVE_ASSIGN_OR_RETURN(BlockMeta made, writer->Finish());
    VARVE_RETURN_IF_ERROR(CheckCount(made.stats.samples, scan));
    return made;
  }

  absl::Status WritePending(BlockWriter& writer) {
    VARVE_RETURN_IF_ERROR(Annotate(join_.Join(pieces_, chunks_), "series {}", pending_->ToString()));
    VARVE_RETURN_IF_ERROR(writer.AddSeries(*pending_, chunks_));
    pieces_.clear();
    owners_.clear();
    return absl::OkStatus();
  }

  absl::Status CheckCount(uint64_t written, const BlockScan& scan) const {
    const JoinStats& join = join_.stats();
    const uint64_t expected =
        scan.samples_read() - scan.samples_deleted() - join.samples_dropped - join.samples_decoded + join.samples_encoded;
    if (written == expected) return absl::OkStatus();
    return Internal("rewrite: {} samples were to be written, {} were", expected, written);
  }

  const Context& ctx_;
  const CompactionEnvironment& environment_;
  const std::shared_ptr<const BlockMeta> block_;
  const SeriesChanges& changes_;
  const RewriteOptions& options_;
  const ChangeLog& log_;
  const std::string directory_;
  std::unique_ptr<InputBlock> input_;
  std::vector<KeptSeries> kept_;  // by new labels
  Postings refs_;                 // theirs
  Tombstones tombstones_;         // the block's, and what is to be cut
  RewriteReport report_;
  OverlapJoin join_{OverlapPolicy::kUnion};
  const Labels* pending_ = nullptr;  // the series that is gathered, which more than one may have become
  std::vector<ChunkPiece> pieces_;
  std::vector<std::shared_ptr<const void>> owners_;
  std::vector<ChunkView> chunks_;
};

}  // namespace

absl::StatusOr<RewriteReport> RewriteBlock(const Context& ctx, const CompactionEnvironment& environment,
                                           std::shared_ptr<const BlockMeta> block, const SeriesChanges& changes,
                                           const RewriteOptions& options, const ChangeLog& log) {
  const Ulid id = block->id;
  Rewrite rewrite(ctx, environment, std::move(block), changes, options, log);
  absl::StatusOr<RewriteReport> report = rewrite.Run();
  rewrite.RemoveWork();
  if (!report.ok()) return Annotate(report.status(), "rewrite block {}", id);
  return report;
}

}  // namespace varve
