#include "tsdb/check_block.h"

#include <absl/container/flat_hash_map.h>

#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/block_reader.h"

namespace varve {
namespace {

// How many series have each label pair, and a sum over their refs that a list of the same refs must give again.
struct PairTally {
  uint64_t count = 0;
  uint64_t sum = 0;
};
using Tallies = absl::flat_hash_map<uint64_t, PairTally>;

uint64_t Key(const SymbolPair& pair) { return uint64_t{pair.name} << 32 | pair.value; }

uint64_t Mix(SeriesRef ref) { return (uint64_t{ref} + 1) * 0x9E3779B97F4A7C15u; }

class BlockCheck {
 public:
  BlockCheck(const Context& ctx, const ScanInput& block, CheckBlockOptions options)
      : ctx_(ctx), block_(block), options_(options) {}

  absl::Status Run(const BlockStats& expected) {
    VARVE_RETURN_IF_ERROR(CheckSeries());
    VARVE_RETURN_IF_ERROR(Compare("samples", found_.samples, expected.samples));
    VARVE_RETURN_IF_ERROR(Compare("series", found_.series, expected.series));
    VARVE_RETURN_IF_ERROR(Compare("chunks", found_.chunks, expected.chunks));
    return CheckPostings();
  }

 private:
  static absl::Status Compare(std::string_view what, uint64_t found, uint64_t expected) {
    if (expected == 0 || found == expected) return absl::OkStatus();
    return DataLoss("{} {} are there, meta.json says {}", found, what, expected);
  }

  absl::Status CheckSeries() {
    VARVE_ASSIGN_OR_RETURN(const PostingsView refs, AllSeries());
    BlockScan scan(ctx_, block_);
    while (scan.Next()) {
      const ScannedSeries& series = scan.At();
      for (const SymbolPair& pair : series.labels) {
        PairTally& tally = tallies_[Key(pair)];
        ++tally.count;
        tally.sum += Mix(refs[scan.position()]);
      }
      VARVE_RETURN_IF_ERROR(CheckChunks(series));
    }
    VARVE_RETURN_IF_ERROR(scan.status());
    found_.series = refs.size();
    found_.samples = scan.samples_read();
    return absl::OkStatus();
  }

  absl::Status CheckChunks(const ScannedSeries& series) {
    found_.chunks += series.chunks.size();
    if (options_.overlaps_allowed) return absl::OkStatus();
    for (size_t i = 1; i < series.chunks.size(); ++i) {
      const ChunkView& before = series.chunks[i - 1];
      const ChunkView& chunk = series.chunks[i];
      if (chunk.min_time > before.max_time) continue;
      return DataLoss("a chunk from {} to {} overlaps the one before, to {}", chunk.min_time, chunk.max_time, before.max_time);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<PostingsView> AllSeries() const {
    const auto all = block_.index->postings_offsets().AllSeries();
    if (!all) return DataLoss("index: there is no list of all series");
    return block_.index->ReadPostings(*all);
  }

  absl::Status CheckPostings() {
    const PostingsOffsetTable& table = block_.index->postings_offsets();
    const SymbolTable& symbols = block_.index->symbols();
    for (const std::string_view name : table.LabelNames()) {
      const std::optional<uint32_t> name_symbol = symbols.Find(name);
      if (!name_symbol) return DataLoss("index: postings of label {:?}, which is no symbol", name);
      VARVE_RETURN_IF_ERROR(ctx_.Check());
      absl::Status status;
      table.ForEachValue(name, "", [&](const PostingsOffsetTable::Entry& entry) {
        status = CheckList(*name_symbol, symbols.Find(entry.value), entry);
        return status.ok();
      });
      VARVE_RETURN_IF_ERROR(Annotate(status, "index: postings of label {:?}", name));
    }
    if (!tallies_.empty()) return DataLoss("index: {} label pairs of series have no postings", tallies_.size());
    return absl::OkStatus();
  }

  absl::Status CheckList(uint32_t name, std::optional<uint32_t> value, const PostingsOffsetTable::Entry& entry) {
    VARVE_ASSIGN_OR_RETURN(const PostingsView refs, block_.index->ReadPostings(entry.postings));
    const auto found = value ? tallies_.find(Key({name, *value})) : tallies_.end();
    if (found == tallies_.end()) {
      if (refs.empty()) return absl::OkStatus();
      return DataLoss("value {:?} has {} series, none of which has it", entry.value, refs.size());
    }
    PairTally listed{.count = refs.size()};
    for (size_t i = 0; i < refs.size(); ++i) listed.sum += Mix(refs[i]);
    if (listed.count != found->second.count || listed.sum != found->second.sum) {
      return DataLoss("value {:?} lists {} series, {} have it, or other ones", entry.value, listed.count, found->second.count);
    }
    tallies_.erase(found);
    return absl::OkStatus();
  }

  const Context& ctx_;
  const ScanInput& block_;
  const CheckBlockOptions options_;
  Tallies tallies_;
  BlockStats found_;
};

}  // namespace

absl::Status CheckBlock(const Context& ctx, const ScanInput& block, const BlockStats& stats, CheckBlockOptions options) {
  ScanInput undeleted = block;
  undeleted.tombstones = nullptr;  // the meta counts what is deleted too
  return BlockCheck(ctx, undeleted, options).Run(stats);
}

absl::Status CheckLocalBlock(const Context& ctx, Files& files, const std::string& directory, CheckBlockOptions options) {
  VARVE_ASSIGN_OR_RETURN(const auto block, BlockReader::Open(files, directory));
  const auto chunks = NewMappedChunkSource(block->chunks());
  const ScanInput scan{.index = &block->index(), .chunks = chunks.get(), .range = block->meta().range};
  return Annotate(CheckBlock(ctx, scan, block->meta().stats, options), "block {}", block->meta().id);
}

}  // namespace varve
