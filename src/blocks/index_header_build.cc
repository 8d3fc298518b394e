// Builds an index-header: the size of the index, its two ends, then the two parts that are copied, in pieces side by side.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/byte_writer.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/index_header.h"
#include "runtime/memory_budget.h"

namespace varve {
namespace {

constexpr uint64_t kPieceBytes = 16 << 20;
constexpr uint64_t kHeaderBytesMax = uint64_t{64} << 30;  // as Thanos

// A part of the index, and where in the header it goes.
struct Copy {
  ByteRange from;
  uint64_t to;
};

absl::Status ReadExactly(const Context& ctx, Bucket& bucket, const std::string& name, uint64_t offset, std::span<std::byte> out) {
  VARVE_ASSIGN_OR_RETURN(const size_t got, bucket.ReadAt(ctx, name, offset, out));
  if (got == out.size()) return absl::OkStatus();
  return DataLoss("{} ends at {}, expected {} bytes at {}", name, offset + got, out.size(), offset);
}

absl::Status CopyParts(const Context& ctx, const FetchSource& source, const std::string& name, std::span<const Copy> copies,
                       std::span<std::byte> header) {
  TaskGroup group(ctx, source.executor, {.parallel_max = source.parallel_max});
  for (const Copy& copy : copies) {
    for (uint64_t done = 0; done < copy.from.size(); done += kPieceBytes) {
      const uint64_t size = std::min(kPieceBytes, copy.from.size() - done);
      group.Run([&source, &name, offset = copy.from.begin + done, out = header.subspan(copy.to + done, size)](
                    const Context& task_ctx) { return ReadExactly(task_ctx, source.bucket, name, offset, out); });
    }
  }
  return group.Wait();
}

struct IndexEnds {
  uint8_t version;
  IndexToc toc;
};

absl::StatusOr<IndexEnds> ReadEnds(const Context& ctx, const FetchSource& source, const std::string& name, uint64_t index_bytes) {
  if (index_bytes < kIndexHeaderBytes + kIndexTocBytes)
    return DataLoss("{}: {} bytes are too few for an index", name, index_bytes);
  std::byte head[kIndexHeaderBytes];
  std::byte tail[kIndexTocBytes];
  TaskGroup group(ctx, source.executor);
  group.Run([&](const Context& task_ctx) { return ReadExactly(task_ctx, source.bucket, name, 0, head); });
  group.Run(
      [&](const Context& task_ctx) { return ReadExactly(task_ctx, source.bucket, name, index_bytes - kIndexTocBytes, tail); });
  VARVE_RETURN_IF_ERROR(group.Wait());
  VARVE_RETURN_IF_ERROR(Annotate(CheckIndexHeader(head), "{}", name));
  absl::StatusOr<IndexToc> toc = IndexToc::Parse(tail, index_bytes);
  if (!toc.ok()) return Annotate(toc.status(), "{}", name);
  return IndexEnds{.version = static_cast<uint8_t>(head[4]), .toc = *toc};
}

struct Layout {
  ByteBuffer head, toc;  // the bytes before and behind what is copied
  std::array<Copy, 2> copies;
  uint64_t header_bytes;
};

Layout LayOut(const IndexEnds& ends, uint64_t index_bytes) {
  ByteWriter head;
  head.U32(kIndexHeaderMagic);
  head.U8(kIndexHeaderVersion);
  head.U8(ends.version);
  head.U64(ends.toc.postings_offset_table);
  const Copy symbols = {.from = {ends.toc.symbols, ends.toc.series}, .to = head.size()};
  const Copy postings = {.from = {ends.toc.postings_offset_table, index_bytes}, .to = symbols.to + symbols.from.size()};
  ByteWriter toc;
  toc.U64(symbols.to);
  toc.U64(postings.to);
  toc.U32(Crc32c(toc.bytes()));
  const uint64_t header_bytes = postings.to + postings.from.size() + toc.size();
  return {.head = head.Release(), .toc = toc.Release(), .copies = {symbols, postings}, .header_bytes = header_bytes};
}

ByteBuffer NewHeader(const Layout& layout) {
  ByteBuffer header = layout.head;
  header.resize(layout.header_bytes);
  std::copy(layout.toc.begin(), layout.toc.end(), header.end() - static_cast<ptrdiff_t>(layout.toc.size()));
  return header;
}

}  // namespace

absl::StatusOr<ByteBuffer> BuildIndexHeader(const Context& ctx, const FetchSource& source, Ulid id, uint64_t index_bytes) {
  const std::string name = BlockObjectName(id, kIndexFileName);
  if (index_bytes == 0) {
    VARVE_ASSIGN_OR_RETURN(const ObjectAttributes attributes, source.bucket.Attributes(ctx, name));
    index_bytes = attributes.size;
  }
  VARVE_ASSIGN_OR_RETURN(const IndexEnds ends, ReadEnds(ctx, source, name, index_bytes));

  const Layout layout = LayOut(ends, index_bytes);
  if (layout.header_bytes > kHeaderBytesMax) {
    return ResourceExhausted("index-header of block {} would be {} bytes, more than 64 GiB", id, layout.header_bytes);
  }
  MemoryReservation reservation(ctx.memory()), of_the_store(source.memory);
  VARVE_RETURN_IF_ERROR(of_the_store.Grow(static_cast<int64_t>(layout.header_bytes)));
  VARVE_RETURN_IF_ERROR(reservation.Grow(static_cast<int64_t>(layout.header_bytes)));
  ByteBuffer header = NewHeader(layout);
  VARVE_RETURN_IF_ERROR(Annotate(CopyParts(ctx, source, name, layout.copies, header), "build index-header of block {}", id));
  return header;
}

absl::StatusOr<ByteBuffer> IndexHeaderOf(Bytes index) {
  if (index.size() < kIndexHeaderBytes + kIndexTocBytes) return DataLoss("{} bytes are too few for an index", index.size());
  VARVE_RETURN_IF_ERROR(CheckIndexHeader(index.first(kIndexHeaderBytes)));
  VARVE_ASSIGN_OR_RETURN(const IndexToc toc, IndexToc::Parse(index.last(kIndexTocBytes), index.size()));
  const Layout layout = LayOut({.version = static_cast<uint8_t>(index[4]), .toc = toc}, index.size());
  ByteBuffer header = NewHeader(layout);
  for (const Copy& copy : layout.copies) std::memcpy(header.data() + copy.to, index.data() + copy.from.begin, copy.from.size());
  return header;
}

}  // namespace varve
