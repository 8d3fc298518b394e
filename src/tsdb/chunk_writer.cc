#include "tsdb/chunk_writer.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/status_macros.h"

namespace varve {

ChunkWriter::ChunkWriter(std::string directory, uint64_t segment_bytes, bool sync)
    : directory_(std::move(directory)), segment_bytes_(segment_bytes), sync_(sync) {
  VARVE_CHECK(segment_bytes <= std::numeric_limits<uint32_t>::max());
}

absl::Status ChunkWriter::EndSegment() {
  if (segment_ == nullptr) return absl::OkStatus();
  return sync_ ? segment_->SyncAndClose() : segment_->Close();
}

absl::Status ChunkWriter::BeginSegment() {
  VARVE_RETURN_IF_ERROR(EndSegment());
  VARVE_ASSIGN_OR_RETURN(segment_, OutputFile::Create(JoinPath(directory_, ChunkSegmentName(segment_count_))));
  ++segment_count_;
  ByteWriter header;
  header.U32(kChunkFileMagic);
  header.U8(kChunkFileVersion);
  header.PadTo(kChunkFileHeaderBytes);
  return segment_->Append(header.bytes());
}

absl::StatusOr<uint64_t> ChunkWriter::Append(ChunkEncoding encoding, Bytes data) {
  record_.Clear();
  record_.Uvarint(data.size());
  const size_t begin = record_.size();
  record_.U8(static_cast<uint8_t>(encoding));
  record_.Append(data);
  record_.U32(Crc32c(record_.bytes().subspan(begin)));
  record_bytes_max_ = std::max<uint64_t>(record_bytes_max_, record_.size());

  const bool fits = segment_ != nullptr && segment_->size() + record_.size() <= segment_bytes_;
  if (!fits) VARVE_RETURN_IF_ERROR(BeginSegment());
  const uint64_t ref = MakeChunkRef(segment_count_ - 1, static_cast<uint32_t>(segment_->size()));
  VARVE_RETURN_IF_ERROR(segment_->Append(record_.bytes()));
  return ref;
}

absl::Status ChunkWriter::Finish() {
  VARVE_RETURN_IF_ERROR(EndSegment());
  segment_.reset();
  return sync_ ? SyncDirectory(directory_) : absl::OkStatus();
}

}  // namespace varve
