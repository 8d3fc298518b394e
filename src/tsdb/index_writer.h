// Writes an index from series in label order.
//
// Shape    symbols precede series in the file but are known only after the last one, so series are spooled beside the index with
//          provisional symbols, then given to a SortedIndexWriter. Memory holds the symbols besides what that holds.
// Errors   InvalidArgument for series or chunks out of order, ResourceExhausted for an index beyond the format's 64 GiB.
// Threads  one at a time.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <span>
#include <string>

#include "model/labels.h"
#include "runtime/files.h"
#include "tsdb/output_file.h"
#include "tsdb/series_entry.h"
#include "tsdb/symbol_interner.h"

namespace varve {

class IndexWriter {
 public:
  // Into `directory`, which exists; the spool is removed at the end.
  static absl::StatusOr<std::unique_ptr<IndexWriter>> Create(Files& files, std::string directory);
  ~IndexWriter();

  // Labels ascend strictly from call to call; chunks follow each other without overlap and their refs ascend.
  absl::Status AddSeries(const Labels& labels, std::span<const ChunkMeta> chunks);
  absl::Status Finish();  // the index is on the disk when it returns

  uint64_t series_count() const { return series_count_; }
  uint64_t series_bytes_max() const { return series_bytes_max_; }  // of the largest entry, after Finish

 private:
  IndexWriter(Files& files, std::string directory, std::unique_ptr<OutputFile> spool);

  Files& files_;
  const std::string directory_;
  std::unique_ptr<OutputFile> spool_;
  SymbolInterner symbols_;
  Labels last_labels_;
  uint64_t last_chunk_ref_ = 0;
  uint64_t series_count_ = 0;
  uint64_t series_bytes_max_ = 0;
  SeriesEntry entry_;  // buffers to be used again
  ByteWriter buffer_;
};

}  // namespace varve
