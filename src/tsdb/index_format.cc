#include "tsdb/index_format.h"

#include "base/byte_reader.h"
#include "base/crc32c.h"
#include "base/errors.h"

namespace varve {

absl::StatusOr<IndexToc> IndexToc::Parse(Bytes tail, uint64_t file_bytes) {
  if (tail.size() < kIndexTocBytes || file_bytes < kIndexTocBytes)
    return DataLoss("table of contents: {} bytes are too few", tail.size());
  const Bytes toc_bytes = tail.last(kIndexTocBytes);
  ByteReader reader(toc_bytes);
  IndexToc toc;
  toc.symbols = reader.U64();
  toc.series = reader.U64();
  toc.label_indices = reader.U64();
  toc.label_offset_table = reader.U64();
  toc.postings = reader.U64();
  toc.postings_offset_table = reader.U64();
  const uint32_t expected = reader.U32();
  if (const uint32_t crc = Crc32c(toc_bytes.first(kIndexTocBytes - 4)); crc != expected) {
    return DataLoss("table of contents: crc32c is {:08x}, expected {:08x}", crc, expected);
  }
  const uint64_t end = file_bytes - kIndexTocBytes;
  if (toc.symbols < kIndexHeaderBytes || toc.symbols > toc.series || toc.series > toc.postings ||
      toc.postings > toc.postings_offset_table || toc.postings_offset_table > end ||
      (toc.label_indices != 0 && (toc.label_indices < toc.series || toc.label_indices > toc.postings))) {
    return DataLoss(
        "table of contents: sections out of order: symbols {}, series {}, label indices {}, postings {}, postings offsets {} of "
        "{}",
        toc.symbols, toc.series, toc.label_indices, toc.postings, toc.postings_offset_table, file_bytes);
  }
  return toc;
}

absl::Status CheckIndexHeader(Bytes head) {
  ByteReader reader(head);
  const uint32_t magic = reader.U32();
  const uint8_t version = reader.U8();
  if (!reader.ok()) return DataLoss("index header: {} bytes are too few", head.size());
  if (magic != kIndexMagic) return DataLoss("index header: magic number is {:08x}, expected {:08x}", magic, kIndexMagic);
  if (version != kIndexVersion2 && version != kIndexVersion3) {
    return Unimplemented("unknown index version: {} (Varve reads versions 2 and 3)", version);
  }
  return absl::OkStatus();
}

absl::StatusOr<Bytes> CheckedSection(Bytes bytes) {
  ByteReader reader(bytes);
  const uint32_t length = reader.U32();
  const Bytes content = reader.Take(length);
  const uint32_t expected = reader.U32();
  if (!reader.ok()) return DataLoss("a section of {} bytes goes past the end, only {} are left", length, bytes.size());
  if (const uint32_t crc = Crc32c(content); crc != expected) {
    return DataLoss("crc32c is {:08x}, expected {:08x}", crc, expected);
  }
  return content;
}

}  // namespace varve
