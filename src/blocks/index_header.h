// The index-header of a block: what of its index is needed to find things in the rest, kept in a local file that is mapped.
//
//   [ magic u32 ][ header version u8 ][ index version u8 ][ end of the postings lists u64 ]
//   [ symbol table, as in the index ][ postings offset table to the end of the index, so with the index' table of contents ]
//   [ begin of the symbols u64 ][ begin of the postings offset table u64 ][ crc32c of the last 16 bytes u32 ]
//
// Shape    byte for byte what Thanos writes, so either may use the other's file. docs/formats/index_header.md.
// Errors   DataLoss for a damaged file, Unimplemented for a version we do not read.
// Threads  an open header is immutable; share freely.
// Source   thanos pkg/block/indexheader/binary_reader.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "base/bytes.h"
#include "base/ulid.h"
#include "blocks/range_fetch.h"
#include "runtime/files.h"
#include "tsdb/index_format.h"
#include "tsdb/postings_offset_table.h"
#include "tsdb/symbol_table.h"

namespace varve {

inline constexpr uint32_t kIndexHeaderMagic = 0xBAAAD792;
inline constexpr uint8_t kIndexHeaderVersion = 1;

// Makes the header of a block from its index in the bucket. `index_bytes` is the size of the index if a meta.json tells it, which
// saves a request, else 0.
absl::StatusOr<ByteBuffer> BuildIndexHeader(const Context& ctx, const FetchSource& source, Ulid id, uint64_t index_bytes = 0);

// The same of an index that is at hand.
absl::StatusOr<ByteBuffer> IndexHeaderOf(Bytes index);

class IndexHeader {
 public:
  // Checks all of it once, checksums included. What is kept on the heap is small: label names and every 32nd value and symbol.
  static absl::StatusOr<std::shared_ptr<const IndexHeader>> Open(std::shared_ptr<const MappedFile> file);

  const SymbolTable& symbols() const { return symbols_; }
  const PostingsOffsetTable& postings() const { return postings_; }
  const IndexToc& index_toc() const { return index_toc_; }  // of the index in the bucket
  uint64_t index_bytes() const { return index_bytes_; }     // its size
  size_t heap_bytes() const { return symbols_.heap_bytes() + postings_.heap_bytes(); }

 private:
  IndexHeader() = default;

  std::shared_ptr<const MappedFile> file_;
  SymbolTable symbols_;
  PostingsOffsetTable postings_;
  IndexToc index_toc_;
  uint64_t index_bytes_ = 0;
};

}  // namespace varve
