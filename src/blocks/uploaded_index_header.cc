#include "blocks/uploaded_index_header.h"

#include <zstd.h>

#include <optional>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/index_header.h"
#include "runtime/memory_budget.h"

namespace varve {
namespace {

constexpr uint32_t kMagic = 0x56524948;  // VRIH
constexpr uint8_t kVersion = 1;
constexpr uint8_t kPlain = 0, kZstd = 1;
constexpr size_t kCheckedHeadBytes = 4 + 1 + 1 + 16 + 8 + 8;
constexpr uint64_t kHeaderBytesMax = uint64_t{64} << 30;  // as of any index-header
constexpr int kZstdLevel = 3;

// Nothing if compressing does not make it smaller.
std::optional<ByteBuffer> Compressed(Bytes header) {
  ByteBuffer out(ZSTD_compressBound(header.size()));
  const size_t size = ZSTD_compress(out.data(), out.size(), header.data(), header.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0 || size >= header.size()) return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace

ByteBuffer PackIndexHeader(Ulid id, uint64_t index_bytes, Bytes header) {
  const std::optional<ByteBuffer> compressed = Compressed(header);
  const Bytes payload = compressed.has_value() ? Bytes(*compressed) : header;
  ByteWriter writer;
  writer.U32(kMagic);
  writer.U8(kVersion);
  writer.U8(compressed.has_value() ? kZstd : kPlain);
  writer.Append(std::as_bytes(std::span(id.bytes())));
  writer.U64(index_bytes);
  writer.U64(header.size());
  writer.U32(Crc32c(payload, Crc32c(writer.bytes())));
  writer.Append(payload);
  return writer.Release();
}

absl::StatusOr<ByteBuffer> UnpackIndexHeader(const Context& ctx, Ulid id, uint64_t index_bytes, Bytes object) {
  ByteReader reader(object);
  const uint32_t magic = reader.U32();
  const uint8_t version = reader.U8();
  const uint8_t compression = reader.U8();
  const Bytes owner = reader.Take(16);
  const uint64_t of_index_bytes = reader.U64();
  const uint64_t header_bytes = reader.U64();
  const uint32_t expected = reader.U32();
  const Bytes payload = reader.Take(reader.remaining());
  if (!reader.ok() || magic != kMagic) return DataLoss("not an uploaded index-header");
  if (version != kVersion || compression > kZstd) {
    return Unimplemented("unknown version {} or compression {} of an uploaded index-header", version, compression);
  }
  if (const uint32_t crc = Crc32c(payload, Crc32c(object.first(kCheckedHeadBytes))); crc != expected) {
    return DataLoss("uploaded index-header: crc32c is {:08x}, expected {:08x}", crc, expected);
  }
  if (AsText(owner) != AsText(std::as_bytes(std::span(id.bytes()))) || (index_bytes != 0 && index_bytes != of_index_bytes)) {
    return DataLoss("uploaded index-header is that of another block or index");
  }
  if (header_bytes > kHeaderBytesMax) return DataLoss("uploaded index-header announces {} bytes", header_bytes);
  if (compression == kPlain) {
    if (payload.size() != header_bytes)
      return DataLoss("uploaded index-header: {} bytes, expected {}", payload.size(), header_bytes);
    return ByteBuffer(payload.begin(), payload.end());
  }
  MemoryReservation reservation(ctx.memory());
  VARVE_RETURN_IF_ERROR(reservation.Grow(static_cast<int64_t>(header_bytes)));
  if (ZSTD_getFrameContentSize(payload.data(), payload.size()) != header_bytes) {
    return DataLoss("uploaded index-header: its content is not {} bytes", header_bytes);
  }
  ByteBuffer header(header_bytes);
  const size_t size = ZSTD_decompress(header.data(), header.size(), payload.data(), payload.size());
  if (size != header_bytes) return DataLoss("uploaded index-header does not decompress to {} bytes", header_bytes);
  return header;
}

absl::StatusOr<ByteBuffer> PackedIndexHeaderOf(Files& files, const std::string& directory, Ulid id) {
  VARVE_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> index, files.Map(JoinPath(directory, kIndexFileName)));
  VARVE_ASSIGN_OR_RETURN(const ByteBuffer header, IndexHeaderOf(index->bytes()));
  return PackIndexHeader(id, index->bytes().size(), header);
}

uint64_t UploadedIndexHeaderBytes(const BlockMeta& meta) {
  if (!meta.thanos.has_value()) return 0;
  for (const BlockFile& file : meta.thanos->files) {
    if (file.rel_path == kUploadedIndexHeaderName && file.size_bytes > 0) return static_cast<uint64_t>(file.size_bytes);
  }
  return 0;
}

}  // namespace varve
