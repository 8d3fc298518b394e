#include "blocks/compact/chunk_stream.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"

namespace varve {
namespace {

constexpr uint64_t kRecordBytesMin = 10 + 1 + 4;  // of length, encoding and checksum

// How many bytes the record takes that begins with `head`; 0 if that does not tell.
uint64_t RecordBytes(Bytes head) {
  ByteReader reader(head);
  const uint64_t length = reader.Uvarint();
  return reader.ok() ? reader.position() + 1 + length + 4 : 0;
}

}  // namespace

absl::StatusOr<EncodedChunk> ChunkStream::Read(const Context& ctx, uint64_t ref, std::shared_ptr<const void>& owner) {
  if (ChunkRefSegment(ref) != segment_) VARVE_RETURN_IF_ERROR(OpenSegment(ctx, ChunkRefSegment(ref)));
  const uint64_t offset = ChunkRefOffset(ref);
  if (offset < kChunkFileHeaderBytes || offset >= size_) return DataLoss("{}: chunk at offset {} of {}", name_, offset, size_);
  auto chunk = mapped_ != nullptr ? ReadMapped(offset, owner) : ReadWindow(ctx, offset, owner);
  if (!chunk.ok()) return Annotate(chunk.status(), "{} at offset {}", name_, offset);
  return chunk;
}

absl::Status ChunkStream::OpenSegment(const Context& ctx, uint32_t segment) {
  DropReadAhead();
  segment_ = -1;
  window_ = Window();
  window_bytes_ = options_.window_bytes_min;
  name_ = SegmentObjectName(id_, segment);
  VARVE_ASSIGN_OR_RETURN(mapped_, bucket_.Map(ctx, name_));
  if (mapped_ != nullptr) {
    size_ = mapped_->bytes().size();
  } else {
    VARVE_ASSIGN_OR_RETURN(const ObjectAttributes attributes, bucket_.Attributes(ctx, name_));
    size_ = attributes.size;
  }
  segment_ = segment;
  return absl::OkStatus();
}

absl::StatusOr<EncodedChunk> ChunkStream::ReadMapped(uint64_t offset, std::shared_ptr<const void>& owner) const {
  const Bytes rest = mapped_->bytes().subspan(offset);
  VARVE_RETURN_IF_ERROR(mapped_->Load(offset, kRecordBytesMin));
  const uint64_t bytes = RecordBytes(rest.first(std::min<uint64_t>(rest.size(), kRecordBytesMin)));
  VARVE_RETURN_IF_ERROR(mapped_->Load(offset, std::min<uint64_t>(bytes, rest.size())));
  owner = mapped_;
  return ParseChunkRecord(rest);
}

absl::StatusOr<EncodedChunk> ChunkStream::ReadWindow(const Context& ctx, uint64_t offset, std::shared_ptr<const void>& owner) {
  const auto rest = [this, offset] { return Bytes(*window_.bytes).subspan(offset - window_.begin); };
  const auto within = [this](uint64_t begin, uint64_t bytes) { return begin >= window_.begin && begin + bytes <= window_.end(); };
  const uint64_t head = std::min(kRecordBytesMin, size_ - offset);
  if (!within(offset, head)) VARVE_RETURN_IF_ERROR(MoveWindow(ctx, offset, head));
  const uint64_t record = std::min(RecordBytes(rest()), size_ - offset);
  if (!within(offset, record)) VARVE_RETURN_IF_ERROR(MoveWindow(ctx, offset, record));
  owner = window_.bytes;
  return ParseChunkRecord(rest());
}

// Makes the window begin at `offset` and hold at least `bytes_min`. What it has in common with the one before is kept.
absl::Status ChunkStream::MoveWindow(const Context& ctx, uint64_t offset, uint64_t bytes_min) {
  ByteBuffer bytes;
  if (offset >= window_.begin && offset <= window_.end() && !window_.bytes->empty()) {
    const Bytes kept = Bytes(*window_.bytes).subspan(offset - window_.begin);
    bytes.assign(kept.begin(), kept.end());
    if (ahead_ != nullptr) {
      VARVE_ASSIGN_OR_RETURN(const ByteBuffer next, std::exchange(ahead_, nullptr)->get());
      bytes.insert(bytes.end(), next.begin(), next.end());
    }
    window_bytes_ = std::min(2 * window_bytes_, options_.window_bytes_max);
  } else {
    DropReadAhead();
    window_bytes_ = options_.window_bytes_min;
  }
  if (bytes.size() < bytes_min) {
    const uint64_t wanted = std::max(bytes_min - bytes.size(), window_bytes_);
    VARVE_ASSIGN_OR_RETURN(const ByteBuffer more, ReadRange(ctx, offset + bytes.size(), wanted));
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  if (bytes.size() < bytes_min) return DataLoss("the object ends at {} of {}", offset + bytes.size(), size_);
  window_ = {offset, std::make_shared<const ByteBuffer>(std::move(bytes))};
  StartReadAhead(ctx);
  return absl::OkStatus();
}

absl::StatusOr<ByteBuffer> ChunkStream::ReadRange(const Context& ctx, uint64_t begin, uint64_t bytes) const {
  ByteBuffer buffer(std::min(bytes, size_ - std::min(begin, size_)));
  VARVE_ASSIGN_OR_RETURN(const size_t got, bucket_.ReadAt(ctx, name_, begin, buffer));
  buffer.resize(got);
  return buffer;
}

void ChunkStream::StartReadAhead(const Context& ctx) {
  if (window_.end() >= size_) return;
  using Task = std::packaged_task<absl::StatusOr<ByteBuffer>()>;
  const auto task =
      std::make_shared<Task>([this, ctx, begin = window_.end(), bytes = window_bytes_] { return ReadRange(ctx, begin, bytes); });
  ahead_ = std::make_shared<std::future<absl::StatusOr<ByteBuffer>>>(task->get_future());
  executor_.Post([task] { (*task)(); });
}

void ChunkStream::DropReadAhead() {
  if (ahead_ != nullptr) std::exchange(ahead_, nullptr)->wait();
}

}  // namespace varve
