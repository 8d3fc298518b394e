// The blocks of a data directory, as one.
//
//   LocalBlocks blocks(RealFiles(), "data");
//   const LocalBlocks::Report report = blocks.Scan();      // again whenever blocks may have come or gone
//   auto set = blocks.Select(ctx, {from, to}, matchers);
//
// Shape    a set of open blocks that is swapped as a whole; a selection sees one set from start to end. A block that cannot be
//          opened is left out and reported; the others serve. Blocks that later compactions have replaced (their id is among the
//          parents of another block) are left out too.
// Errors   in the report, one status for each block.
// Threads  Scan from one thread at a time; everything else from many.
// Source   prometheus tsdb/db.go, openBlocks and deletableBlocks.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "tsdb/block_reader.h"

namespace varve {

class LocalBlocks {
 public:
  using Blocks = std::vector<std::shared_ptr<const BlockReader>>;  // by min time, then id

  struct Failure {
    std::string directory;
    absl::Status status;
  };
  struct Report {
    size_t loaded = 0;
    size_t replaced = 0;            // parents of other blocks
    std::vector<Failure> failures;  // corrupt, or gone while we looked
  };

  LocalBlocks(Files& files, std::string directory);  // `files` outlives this

  // Opens what is new, keeps what is open, lets go of what is gone. Fails, with the set as it was, if the directory cannot be read.
  absl::StatusOr<Report> Scan();

  std::shared_ptr<const Blocks> blocks() const;

  // Series of all blocks that overlap the range; a series of several blocks comes once, with all its chunks.
  std::unique_ptr<ChunkSeriesSet> Select(const Context& ctx, QueryRange range, const Matchers& matchers,
                                         BlockSelectOptions options = {}) const;
  absl::StatusOr<std::vector<std::string>> LabelNames(const Context& ctx, QueryRange range, const Matchers& matchers,
                                                      uint64_t limit = 0) const;
  absl::StatusOr<std::vector<std::string>> LabelValues(const Context& ctx, std::string_view name, QueryRange range,
                                                       const Matchers& matchers, uint64_t limit = 0) const;

 private:
  Files& files_;
  const std::string directory_;
  mutable Mutex mutex_;
  std::shared_ptr<const Blocks> blocks_ ABSL_GUARDED_BY(mutex_) = std::make_shared<const Blocks>();
};

}  // namespace varve
