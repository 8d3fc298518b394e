// Writes an index whose symbols are known from the start, front to back: what IndexWriter ends with, and what a merge of blocks,
// which knows the union of their symbols, writes at once.
//
// Shape    symbols in the order of their texts; a series names them by number. Memory holds a counter for each label pair and the
//          postings offset table; lists of postings are gathered at the end in passes over the written series.
// Errors   InvalidArgument for series or chunks out of order, ResourceExhausted for an index beyond the format's limits.
// Threads  one at a time.
// Source   prometheus tsdb/index/index.go; the label index sections of old are not written, as upstream.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/files.h"
#include "tsdb/index_format.h"
#include "tsdb/output_file.h"
#include "tsdb/postings_writer.h"
#include "tsdb/series_entry.h"

namespace varve {

class SortedIndexWriter {
 public:
  // Into `directory`, which exists. `symbols` ascend strictly and live as long as the writer. Without `sync` the system writes
  // to the disk when it likes.
  static absl::StatusOr<std::unique_ptr<SortedIndexWriter>> Create(Files& files, const std::string& directory,
                                                                   std::span<const std::string_view> symbols, bool sync = true);

  // Labels ascend strictly from call to call and by name within one; chunks follow each other without overlap and their refs
  // ascend.
  absl::Status AddSeries(std::span<const SymbolPair> labels, std::span<const ChunkMeta> chunks);
  absl::Status Finish();

  uint64_t series_count() const { return series_count_; }
  uint64_t series_bytes_max() const { return series_bytes_max_; }  // of the largest entry

 private:
  SortedIndexWriter(Files& files, std::unique_ptr<OutputFile> index, std::span<const std::string_view> symbols, bool sync)
      : files_(files), index_(std::move(index)), symbols_(symbols), sync_(sync) {}
  absl::Status WriteSymbols();
  absl::Status CheckLabels(std::span<const SymbolPair> labels) const;
  absl::Status WriteToc();
  std::string Text(std::span<const SymbolPair> labels) const;

  Files& files_;
  const std::unique_ptr<OutputFile> index_;
  const std::span<const std::string_view> symbols_;
  const bool sync_;
  IndexToc toc_;
  PostingsWriter postings_;
  std::vector<SymbolPair> last_labels_;
  uint64_t last_chunk_ref_ = 0;
  uint64_t series_count_ = 0;
  uint64_t series_bytes_max_ = 0;
  SeriesEntry entry_;  // buffers to be used again
  ByteWriter buffer_;
};

}  // namespace varve
