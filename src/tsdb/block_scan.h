// The series of a block, all of them in label order or some in any order, as they are: for merging blocks, for rewriting and for
// checking them.
//
//   BlockScan scan({.index = &index, .chunks = &chunks, .tombstones = &tombstones, .range = meta.range});
//   while (scan.Next()) Use(scan.At());
//   VARVE_RETURN_IF_ERROR(scan.status());
//
// Shape    a chunk comes as it lies in its file, an aggregate chunk whole; deleted samples are cut out. Chunks of a series
//          ascend by (min_time, max_time) and may overlap. A chunk that begins where the block ends (a bug of old: it is in the
//          next block too) is passed over.
// Errors   DataLoss for whatever contradicts the format or the block's own range; series out of order too.
// Threads  one at a time.
// Source   prometheus tsdb/querier.go NewBlockChunkSeriesSet; thanos pkg/block/index.go for the checks.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <vector>

#include "runtime/context.h"
#include "tsdb/chunk_files.h"
#include "tsdb/index_reader.h"
#include "tsdb/symbol_union.h"
#include "tsdb/tombstones.h"

namespace varve {

// Where the chunks of a block are read, mostly front to back.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  // `owner` is set to what keeps the bytes alive, or left alone if they live as long as the source.
  virtual absl::StatusOr<EncodedChunk> Read(const Context& ctx, uint64_t ref, std::shared_ptr<const void>& owner) = 0;
};

std::unique_ptr<ChunkSource> NewMappedChunkSource(const ChunkFiles& files);  // which outlives it

struct ScanInput {  // all of it outlives the scan
  const IndexReader* index = nullptr;
  ChunkSource* chunks = nullptr;
  const Tombstones* tombstones = nullptr;  // may be null
  BlockRange range;
  const Postings* series = nullptr;  // null: all; else these, in this order
};

struct ScannedSeries {
  std::vector<SymbolPair> labels;  // by name
  std::vector<ChunkView> chunks;
  std::vector<std::shared_ptr<const void>> owners;  // of the chunks' bytes
};

class BlockScan {
 public:
  // With `symbols`, labels are numbers of the union, where the block's is table `table`; else its own.
  BlockScan(const Context& ctx, ScanInput input, const SymbolUnion* symbols = nullptr, size_t table = 0);

  bool Next();  // false: finished or failed, see status()
  const ScannedSeries& At() const { return series_; }
  const absl::Status& status() const { return status_; }
  size_t position() const { return next_ - 1; }  // of At() in the list of all series

  uint64_t samples_read() const { return samples_read_; }        // as the chunks say
  uint64_t samples_deleted() const { return samples_deleted_; }  // by tombstones

 private:
  absl::Status Start();
  absl::StatusOr<bool> Load(SeriesRef ref);  // false: nothing is left of the series
  absl::Status OrderLabels(SeriesRef ref);
  absl::Status AddChunk(const ChunkMeta& meta, const DeletedIntervals& deleted);
  absl::Status AddUndeleted(const ChunkView& chunk, const DeletedIntervals& deleted);

  const Context ctx_;
  const ScanInput input_;
  const SymbolUnion* const symbols_;
  const size_t table_;
  bool started_ = false;
  PostingsView refs_;
  size_t next_ = 0;
  SeriesEntry entry_;
  ScannedSeries series_;
  std::vector<SymbolPair> last_labels_;
  uint64_t samples_read_ = 0;
  uint64_t samples_deleted_ = 0;
  absl::Status status_;
};

// The order of series whose labels are numbers of one table.
inline bool LabelsBefore(const std::vector<SymbolPair>& a, const std::vector<SymbolPair>& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](const SymbolPair& x, const SymbolPair& y) {
    return x.name != y.name ? x.name < y.name : x.value < y.value;
  });
}

}  // namespace varve
