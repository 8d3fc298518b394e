// Reads series entries of a block's index from the bucket: labels, and where the chunks are.
//
//   wanted   [ entry, estimated         ]
//   index    [ entry ][ next  ][ next one wanted ]      what is wanted never reaches into the next wanted entry
//
// Shape    an entry has no size until it is read, so reads go as far as the largest entry is expected to; longer ones are read
//          again. Entries in the index cache are not read at all.
// Errors   DataLoss naming block, file and offset.
// Threads  one at a time.
// Source   thanos pkg/store/bucket.go preloadSeries.
#pragma once

#include <absl/container/inlined_vector.h>
#include <absl/status/statusor.h>

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "blocks/index_header.h"
#include "blocks/range_fetch.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "tsdb/series_entry.h"
#include "tsdb/tombstones.h"

namespace varve {

// Where a chunk lies, and how far it reaches at most: to the next chunk of its series, which lies right behind it in blocks that
// Prometheus and Thanos write.
struct ChunkPlace : ChunkMeta {
  static constexpr uint64_t kUnknown = UINT64_MAX;
  uint64_t end_ref = kUnknown;
};

struct SeriesChunks {
  Labels labels;
  absl::InlinedVector<ChunkPlace, 2> chunks;  // those that overlap the range, by time
};

using DeletedOfChunks = std::unordered_map<uint64_t, const DeletedIntervals*>;  // by chunk ref

class SeriesLoader {
 public:
  // `source`, `header` and `tombstones` (which may be null) outlive the loader.
  SeriesLoader(const FetchSource& source, Ulid id, const IndexHeader& header, const Tombstones* tombstones,
               uint64_t estimated_entry_bytes);

  // Appends the series of `refs` (ascending) that have a chunk in `range` and fulfil `matchers`; labels and chunks are those of the
  // index, without chunks that are deleted.
  absl::Status Load(const Context& ctx, std::span<const SeriesRef> refs, QueryRange range, const Matchers& matchers,
                    FetchStats* stats, std::vector<SeriesChunks>& out);
  // Chunks among those loaded so far of which a part is deleted.
  const DeletedOfChunks& deleted() const { return deleted_; }

 private:
  absl::StatusOr<std::vector<ByteRange>> PlanEntries(std::span<const SeriesRef> refs) const;
  // The entries at `wanted`, each with all of its bytes; `fetched` keeps them alive.
  absl::StatusOr<std::vector<Bytes>> Fetch(const Context& ctx, std::span<const ByteRange> wanted, FetchStats* stats,
                                           std::vector<FetchedRanges>& fetched) const;
  absl::Status Decode(SeriesRef ref, Bytes bytes, QueryRange range, const Matchers& matchers, std::vector<SeriesChunks>& out);

  const FetchSource& source_;
  const IndexHeader& header_;
  const Tombstones* const tombstones_;
  const Ulid id_;
  const std::string name_;
  const uint64_t estimated_entry_bytes_;
  const uint64_t section_end_;
  LabelResolver labels_;
  SeriesEntry entry_;  // used again
  DeletedOfChunks deleted_;
};

}  // namespace varve
