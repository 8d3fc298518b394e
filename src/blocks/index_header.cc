#include "blocks/index_header.h"

#include "base/byte_reader.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr size_t kHeadBytes = 4 + 1 + 1 + 8;
constexpr size_t kTocBytes = 8 + 8 + 4;

struct HeaderFrame {
  uint64_t postings_end;                    // in the index
  uint64_t symbols, postings_offset_table;  // in this file
};

absl::StatusOr<HeaderFrame> ParseFrame(Bytes bytes) {
  if (bytes.size() < kHeadBytes + kTocBytes) return DataLoss("{} bytes are too few", bytes.size());
  ByteReader head(bytes);
  const uint32_t magic = head.U32();
  const uint8_t version = head.U8();
  const uint8_t index_version = head.U8();
  HeaderFrame frame{};
  frame.postings_end = head.U64();
  if (magic != kIndexHeaderMagic) return DataLoss("magic number is {:08x}, expected {:08x}", magic, kIndexHeaderMagic);
  if (version != kIndexHeaderVersion) return Unimplemented("unknown index-header version: {}", version);
  if (index_version != kIndexVersion2 && index_version != kIndexVersion3) {
    return Unimplemented("made from an index of unknown version {}", index_version);
  }

  const Bytes toc = bytes.last(kTocBytes);
  ByteReader reader(toc);
  frame.symbols = reader.U64();
  frame.postings_offset_table = reader.U64();
  const uint32_t expected = reader.U32();
  if (const uint32_t crc = Crc32c(toc.first(kTocBytes - 4)); crc != expected) {
    return DataLoss("table of contents: crc32c is {:08x}, expected {:08x}", crc, expected);
  }
  if (frame.symbols != kHeadBytes || frame.postings_offset_table < frame.symbols ||
      frame.postings_offset_table > bytes.size() - kTocBytes) {
    return DataLoss("table of contents: symbols at {}, postings offset table at {} of {}", frame.symbols,
                    frame.postings_offset_table, bytes.size());
  }
  return frame;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const IndexHeader>> IndexHeader::Open(std::shared_ptr<const MappedFile> file) {
  const Bytes bytes = file->bytes();
  VARVE_ASSIGN_OR_RETURN(const HeaderFrame frame, ParseFrame(bytes));
  const Bytes symbols = bytes.subspan(frame.symbols, frame.postings_offset_table - frame.symbols);
  const Bytes rest = bytes.subspan(frame.postings_offset_table, bytes.size() - kTocBytes - frame.postings_offset_table);
  if (frame.postings_end > UINT64_MAX - rest.size()) return DataLoss("the postings lists end at {}", frame.postings_end);

  std::shared_ptr<IndexHeader> header(new IndexHeader());
  header->index_bytes_ = frame.postings_end + rest.size();
  VARVE_ASSIGN_OR_RETURN(header->index_toc_, IndexToc::Parse(rest, header->index_bytes_));
  if (header->index_toc_.postings_offset_table != frame.postings_end ||
      header->index_toc_.series - header->index_toc_.symbols != symbols.size()) {
    return DataLoss("the parts copied from the index do not fit its table of contents");
  }
  VARVE_ASSIGN_OR_RETURN(header->symbols_, SymbolTable::Open(symbols));
  VARVE_ASSIGN_OR_RETURN(header->postings_, PostingsOffsetTable::Open(rest, frame.postings_end));
  header->file_ = std::move(file);
  return header;
}

}  // namespace varve
