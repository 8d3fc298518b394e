// Series as stores hold and send them: labels and encoded chunks. Merging, batching and de-duplication work on these, so that
// samples are decoded once, where they are computed with.
//
// Shape    a ChunkSeriesSet yields series in label order; chunks ascend by (min_time, max_time) and may overlap. The five
//          aggregates of one downsampled chunk are neighbours with equal times.
// Threads  a set belongs to one thread; a ChunkSeries is a value whose `owner` keeps the chunk bytes alive.
#pragma once

#include <absl/container/inlined_vector.h>
#include <absl/status/status.h>

#include <memory>
#include <string>
#include <vector>

#include "chunkenc/chunk.h"
#include "model/labels.h"

namespace varve {

struct ChunkSeries {
  Labels labels;
  std::vector<ChunkView> chunks;
  // Keep the bytes of `chunks` alive: mapped files, received frames, fetched ranges. More than one after a merge.
  absl::InlinedVector<std::shared_ptr<const void>, 1> owners;
};

size_t HeldBytes(const ChunkSeries& series);  // of labels and chunks, mapped ones too

class ChunkSeriesSet {
 public:
  virtual ~ChunkSeriesSet() = default;
  virtual bool Next() = 0;  // false: finished or failed, see status()
  // Valid until the next call to Next(); the caller may move out of it.
  virtual ChunkSeries& At() = 0;
  virtual const absl::Status& status() const = 0;
  virtual std::vector<std::string> warnings() const { return {}; }  // complete once Next() returned false
};

std::unique_ptr<ChunkSeriesSet> NewChunkSeriesSet(std::vector<ChunkSeries> series);  // already in label order
std::unique_ptr<ChunkSeriesSet> NewFailedChunkSeriesSet(absl::Status status);
// Sorts a set by labels and joins equal neighbours, for sources whose order broke when labels were added or removed. Reads it to its end.
std::unique_ptr<ChunkSeriesSet> SortChunkSeriesSet(std::unique_ptr<ChunkSeriesSet> set);
// The union of the children; series with equal labels come out once, with their chunks joined, exact copies dropped.
// The first child that fails ends the merge with its status.
std::unique_ptr<ChunkSeriesSet> MergeChunkSeriesSets(std::vector<std::unique_ptr<ChunkSeriesSet>> children);

}  // namespace varve
