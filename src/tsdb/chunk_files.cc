#include "tsdb/chunk_files.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

bool IsSegmentName(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

absl::Status CheckHeader(Bytes file) {
  ByteReader reader(file);
  const uint32_t magic = reader.U32();
  const uint8_t version = reader.U8();
  reader.Skip(3);
  if (!reader.ok()) return DataLoss("header: {} bytes are too few", file.size());
  if (magic != kChunkFileMagic) return DataLoss("header: magic number is {:08x}, expected {:08x}", magic, kChunkFileMagic);
  if (version != kChunkFileVersion) return Unimplemented("unknown chunk file version: {} (Varve reads version 1)", version);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EncodedChunk> ParseChunkRecord(Bytes bytes, bool verify) {
  ByteReader reader(bytes);
  const uint64_t length = reader.Uvarint();
  const size_t begin = reader.position();
  const auto encoding = static_cast<ChunkEncoding>(reader.U8());
  const Bytes data = reader.Take(length);
  const uint32_t expected = reader.U32();
  if (!reader.ok()) return DataLoss("chunk of {} bytes goes past the end, {} are left", length, bytes.size());
  if (verify) {
    const uint32_t crc = Crc32c(bytes.subspan(begin, 1 + data.size()));
    if (crc != expected) return DataLoss("chunk of {} bytes: crc32c is {:08x}, expected {:08x}", length, crc, expected);
  }
  return EncodedChunk{.encoding = encoding, .data = data, .record_bytes = reader.position()};
}

std::string ChunkSegmentName(uint32_t segment) { return fmt::format("{:06}", uint64_t{segment} + 1); }

absl::StatusOr<ChunkFiles> ChunkFiles::Open(Files& files, const std::string& directory) {
  VARVE_ASSIGN_OR_RETURN(std::vector<std::string> names, files.List(directory));
  std::erase_if(names, [](const std::string& name) { return !IsSegmentName(name); });
  std::ranges::sort(names, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;  // as numbers: 1000000 is behind 999999
  });
  ChunkFiles chunks;
  for (std::string& name : names) {
    VARVE_ASSIGN_OR_RETURN(auto file, files.Map(JoinPath(directory, name)));
    VARVE_RETURN_IF_ERROR(Annotate(CheckHeader(file->bytes()), "{}/{}", kChunksDirectory, name));
    chunks.segments_.push_back({std::move(name), std::move(file)});
  }
  return chunks;
}

absl::StatusOr<EncodedChunk> ChunkFiles::Read(uint64_t ref) const {
  const uint32_t segment = ChunkRefSegment(ref);
  const uint32_t offset = ChunkRefOffset(ref);
  if (segment >= segments_.size()) return DataLoss("chunk in segment {} of {}", ChunkSegmentName(segment), segments_.size());
  const Bytes bytes = segments_[segment].file->bytes();
  if (offset < kChunkFileHeaderBytes || offset >= bytes.size()) {
    return DataLoss("{}/{}: chunk at offset {} of {}", kChunksDirectory, segments_[segment].name, offset, bytes.size());
  }
  auto chunk = ParseChunkRecord(bytes.subspan(offset));
  if (!chunk.ok()) return Annotate(chunk.status(), "{}/{} at offset {}", kChunksDirectory, segments_[segment].name, offset);
  return chunk;
}

uint64_t ChunkFiles::file_bytes() const {
  uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.file->bytes().size();
  return bytes;
}

}  // namespace varve
