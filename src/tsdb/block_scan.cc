#include "tsdb/block_scan.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/undeleted_chunks.h"

namespace varve {
namespace {

constexpr size_t kCheckContextEvery = 256;  // series

class MappedChunkSource : public ChunkSource {
 public:
  explicit MappedChunkSource(const ChunkFiles& files) : files_(files) {}
  absl::StatusOr<EncodedChunk> Read(const Context&, uint64_t ref, std::shared_ptr<const void>&) override {
    return files_.Read(ref);
  }

 private:
  const ChunkFiles& files_;
};

}  // namespace

std::unique_ptr<ChunkSource> NewMappedChunkSource(const ChunkFiles& files) { return std::make_unique<MappedChunkSource>(files); }

BlockScan::BlockScan(const Context& ctx, ScanInput input, const SymbolUnion* symbols, size_t table)
    : ctx_(ctx), input_(input), symbols_(symbols), table_(table) {}

absl::Status BlockScan::Start() {
  started_ = true;
  if (input_.series != nullptr) {
    refs_ = PostingsView(*input_.series);
    return absl::OkStatus();
  }
  const std::optional<PostingsRange> all = input_.index->postings_offsets().AllSeries();
  if (!all) return DataLoss("index: there is no list of all series");
  VARVE_ASSIGN_OR_RETURN(refs_, input_.index->ReadPostings(*all));
  return absl::OkStatus();
}

bool BlockScan::Next() {
  if (!started_) status_ = Start();
  while (status_.ok() && next_ < refs_.size()) {
    if (next_ % kCheckContextEvery == 0) {
      status_ = ctx_.Check();
      if (!status_.ok()) break;
    }
    const absl::StatusOr<bool> found = Load(refs_[next_++]);
    if (!found.ok()) return status_ = found.status(), false;
    if (*found) return true;
  }
  return false;
}

absl::Status BlockScan::OrderLabels(SeriesRef ref) {
  series_.labels.swap(entry_.labels);
  if (symbols_ != nullptr) VARVE_RETURN_IF_ERROR(symbols_->Rename(table_, series_.labels));
  const auto by_name = [](const SymbolPair& a, const SymbolPair& b) { return a.name < b.name; };
  // Labels out of order are a bug of Prometheus before 2.8.
  if (!std::ranges::is_sorted(series_.labels, by_name)) std::ranges::sort(series_.labels, by_name);
  const auto offset = ref * kSeriesAlignBytes;
  if (series_.labels.empty()) return DataLoss("index: series at offset {} has no labels", offset);
  const auto same_name = [](const SymbolPair& a, const SymbolPair& b) { return a.name == b.name; };
  if (std::ranges::adjacent_find(series_.labels, same_name) != series_.labels.end()) {
    return DataLoss("index: series at offset {} has a label twice", offset);
  }
  const bool by_labels = input_.series == nullptr;
  if (by_labels && !last_labels_.empty() && !LabelsBefore(last_labels_, series_.labels)) {
    return DataLoss("index: series at offset {} is out of order", offset);
  }
  last_labels_ = series_.labels;
  return absl::OkStatus();
}

absl::StatusOr<bool> BlockScan::Load(SeriesRef ref) {
  VARVE_RETURN_IF_ERROR(Annotate(input_.index->ReadSeries(ref, entry_), "index"));
  VARVE_RETURN_IF_ERROR(OrderLabels(ref));
  if (entry_.chunks.empty()) return DataLoss("index: series at offset {} has no chunks", ref * kSeriesAlignBytes);
  static const DeletedIntervals kNone;
  const DeletedIntervals& deleted = input_.tombstones != nullptr ? input_.tombstones->Of(ref) : kNone;
  series_.chunks.clear();
  series_.owners.clear();
  for (const ChunkMeta& chunk : entry_.chunks) VARVE_RETURN_IF_ERROR(AddChunk(chunk, deleted));
  // Chunks of an index may be out of order; a bug of old versions of Prometheus.
  const auto times = [](const ChunkView& chunk) { return std::pair(chunk.min_time, chunk.max_time); };
  if (!std::ranges::is_sorted(series_.chunks, {}, times)) std::ranges::stable_sort(series_.chunks, {}, times);
  return !series_.chunks.empty();
}

absl::Status BlockScan::AddChunk(const ChunkMeta& meta, const DeletedIntervals& deleted) {
  if (meta.min_time == input_.range.max_exclusive) return absl::OkStatus();
  if (meta.min_time < input_.range.min || meta.max_time >= input_.range.max_exclusive) {
    return DataLoss("index: a chunk from {} to {} is outside of the block's {} to {}", meta.min_time, meta.max_time,
                    input_.range.min, input_.range.max_exclusive);
  }
  std::shared_ptr<const void> owner;
  VARVE_ASSIGN_OR_RETURN(const EncodedChunk chunk, input_.chunks->Read(ctx_, meta.ref, owner));
  VARVE_ASSIGN_OR_RETURN(const uint32_t samples, ChunkSampleCount(chunk.encoding, chunk.data));
  samples_read_ += samples;
  const QueryRange times{meta.min_time, meta.max_time};
  if (!deleted.empty() && CoversAll(deleted, times)) {
    samples_deleted_ += samples;
    return absl::OkStatus();
  }
  if (owner != nullptr && (series_.owners.empty() || series_.owners.back() != owner)) series_.owners.push_back(std::move(owner));
  const ChunkView view{meta.min_time, meta.max_time, chunk.encoding, Aggregate::kRaw, chunk.data};
  if (!deleted.empty() && CoversSome(deleted, times)) return AddUndeleted(view, deleted);
  series_.chunks.push_back(view);
  return absl::OkStatus();
}

// What is left of a chunk is encoded again; the series owns it.
absl::Status BlockScan::AddUndeleted(const ChunkView& chunk, const DeletedIntervals& deleted) {
  VARVE_ASSIGN_OR_RETURN(UndeletedChunks left, EraseDeleted(deleted, chunk));
  samples_deleted_ += left.samples_deleted;
  const auto owned = std::make_shared<const std::vector<OwnedChunk>>(std::move(left.chunks));
  for (const OwnedChunk& part : *owned) series_.chunks.push_back(part.view());
  series_.owners.push_back(owned);
  return absl::OkStatus();
}

}  // namespace varve
