#include "tsdb/merge_blocks.h"

#include <memory>

#include "base/errors.h"
#include "base/status_macros.h"
#include "storage/loser_tree.h"

namespace varve {
namespace {

class BlockMerge {
 public:
  BlockMerge(const Context& ctx, const MergeRequest& request, MergeReport& report)
      : ctx_(ctx), request_(request), report_(report), join_(request.overlaps) {}

  absl::Status Run() {
    VARVE_RETURN_IF_ERROR(UniteSymbols());
    VARVE_RETURN_IF_ERROR(OpenScans());
    VARVE_RETURN_IF_ERROR(MergeSeries());
    return Finish();
  }

 private:
  struct Scan {
    BlockScan scan;
    bool live = false;
  };

  absl::Status UniteSymbols() {
    std::vector<const SymbolTable*> tables;
    for (const MergeInput& input : request_.inputs) tables.push_back(&input.scan.index->symbols());
    size_t failed = 0;
    auto symbols = SymbolUnion::Make(tables, failed);
    if (!symbols.ok()) return Blame(failed, Annotate(symbols.status(), "index"));
    symbols_ = *std::move(symbols);
    return absl::OkStatus();
  }

  absl::Status OpenScans() {
    scans_.reserve(request_.inputs.size());
    for (size_t i = 0; i < request_.inputs.size(); ++i) {
      scans_.push_back({BlockScan(ctx_, request_.inputs[i].scan, &symbols_, i)});
      VARVE_RETURN_IF_ERROR(Advance(i));
    }
    return absl::OkStatus();
  }

  absl::Status Advance(size_t input) {
    Scan& scan = scans_[input];
    scan.live = scan.scan.Next();
    return scan.scan.status().ok() ? absl::OkStatus() : Blame(input, scan.scan.status());
  }

  absl::Status Blame(size_t input, const absl::Status& status) {
    report_.failed_input = input;
    return Annotate(status, "block {}", request_.inputs[input].id);
  }

  absl::Status MergeSeries() {
    LoserTree tree(scans_.size(), [this](size_t a, size_t b) {
      if (!scans_[a].live || !scans_[b].live) return scans_[a].live && !scans_[b].live;
      const auto& labels_a = scans_[a].scan.At().labels;
      const auto& labels_b = scans_[b].scan.At().labels;
      if (LabelsBefore(labels_a, labels_b)) return true;
      return labels_a == labels_b && a < b;
    });
    while (scans_[tree.winner()].live) {
      labels_ = scans_[tree.winner()].scan.At().labels;
      pieces_.clear();
      owners_.clear();
      do {
        Take(tree.winner());
        VARVE_RETURN_IF_ERROR(Advance(tree.winner()));
        tree.Replay();
      } while (scans_[tree.winner()].live && scans_[tree.winner()].scan.At().labels == labels_);
      VARVE_RETURN_IF_ERROR(WriteSeries());
    }
    return absl::OkStatus();
  }

  void Take(size_t input) {
    const ScannedSeries& series = scans_[input].scan.At();
    for (const ChunkView& chunk : series.chunks) {
      pieces_.push_back({chunk, static_cast<uint32_t>(input), request_.inputs[input].replica});
    }
    owners_.insert(owners_.end(), series.owners.begin(), series.owners.end());
  }

  absl::Status WriteSeries() {
    if (const absl::Status status = join_.Join(pieces_, chunks_); !status.ok()) {
      const absl::Status named = Annotate(status, "series {}", LabelText());
      return join_.failed_input().has_value() ? Blame(*join_.failed_input(), named) : named;
    }
    if (writer_ == nullptr) {
      VARVE_ASSIGN_OR_RETURN(
          writer_, BlockWriter::CreateWithSymbols(request_.files, request_.parent, request_.writer, symbols_.symbols()));
    }
    if (request_.listener != nullptr) {
      VARVE_RETURN_IF_ERROR(request_.listener->OnSeries(symbols_.symbols(), labels_, chunks_));
    }
    return writer_->AddSeries(labels_, chunks_);
  }

  std::string LabelText() const {
    std::vector<LabelView> views;
    for (const SymbolPair& label : labels_) views.push_back({symbols_.symbols()[label.name], symbols_.symbols()[label.value]});
    return Labels(std::move(views)).ToString();
  }

  absl::Status Finish() {
    for (const Scan& scan : scans_) {
      report_.samples_read += scan.scan.samples_read();
      report_.samples_deleted += scan.scan.samples_deleted();
    }
    report_.join = join_.stats();
    if (writer_ == nullptr) return absl::OkStatus();
    VARVE_ASSIGN_OR_RETURN(report_.meta, writer_->Finish());
    const JoinStats& join = report_.join;
    const uint64_t expected =
        report_.samples_read - report_.samples_deleted - join.samples_dropped - join.samples_decoded + join.samples_encoded;
    if (report_.meta->stats.samples == expected) return absl::OkStatus();
    return Internal("merge into block {}: {} samples were to be written, {} were", request_.writer.id, expected,
                    report_.meta->stats.samples);
  }

  const Context& ctx_;
  const MergeRequest& request_;
  MergeReport& report_;
  OverlapJoin join_;
  SymbolUnion symbols_;
  std::vector<Scan> scans_;
  std::unique_ptr<BlockWriter> writer_;
  std::vector<SymbolPair> labels_;  // of the series at hand
  std::vector<ChunkPiece> pieces_;
  std::vector<std::shared_ptr<const void>> owners_;
  std::vector<ChunkView> chunks_;
};

}  // namespace

absl::Status MergeBlocks(const Context& ctx, const MergeRequest& request, MergeReport& report) {
  report = MergeReport();
  if (request.inputs.empty()) return InvalidArgument("merge blocks: there are none");
  return BlockMerge(ctx, request, report).Run();
}

}  // namespace varve
