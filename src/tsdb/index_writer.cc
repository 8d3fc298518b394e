#include "tsdb/index_writer.h"

#include <algorithm>
#include <limits>

#include "base/byte_reader.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr std::string_view kSpoolName = "index_tmp_series";

}  // namespace

IndexWriter::IndexWriter(Files& files, std::string directory, std::unique_ptr<OutputFile> spool)
    : files_(files), directory_(std::move(directory)), spool_(std::move(spool)) {}

IndexWriter::~IndexWriter() {
  if (spool_ != nullptr) files_.Remove(spool_->path()).IgnoreError();
}

absl::StatusOr<std::unique_ptr<IndexWriter>> IndexWriter::Create(Files& files, std::string directory) {
  VARVE_ASSIGN_OR_RETURN(auto spool, OutputFile::Create(JoinPath(directory, kSpoolName)));
  return std::unique_ptr<IndexWriter>(new IndexWriter(files, std::move(directory), std::move(spool)));
}

absl::Status IndexWriter::CheckChunks(std::span<const ChunkMeta> chunks) const {
  uint64_t last_ref = last_chunk_ref_;
  for (size_t i = 0; i < chunks.size(); ++i) {
    const ChunkMeta& chunk = chunks[i];
    if (chunk.ref < last_ref) return InvalidArgument("chunk ref {} behind {}", chunk.ref, last_ref);
    last_ref = chunk.ref;
    if (chunk.max_time < chunk.min_time) return InvalidArgument("a chunk from {} to {}", chunk.min_time, chunk.max_time);
    if (i > 0 && chunk.min_time <= chunks[i - 1].max_time) {
      return InvalidArgument("a chunk from {} behind one to {}", chunk.min_time, chunks[i - 1].max_time);
    }
  }
  return absl::OkStatus();
}

absl::Status IndexWriter::AddSeries(const Labels& labels, std::span<const ChunkMeta> chunks) {
  if (series_count_ > 0 && labels <= last_labels_) {
    return InvalidArgument("write index: series {} behind {}", labels.ToString(), last_labels_.ToString());
  }
  VARVE_RETURN_IF_ERROR(Annotate(CheckChunks(chunks), "write index: series {}", labels.ToString()));
  entry_.labels.clear();
  for (const LabelView& label : labels) entry_.labels.push_back({symbols_.Intern(label.name), symbols_.Intern(label.value)});
  entry_.chunks.assign(chunks.begin(), chunks.end());
  postings_.Count(entry_.labels);

  buffer_.Clear();
  EncodeSeriesEntry(entry_, buffer_);
  ByteWriter length;
  length.Uvarint(buffer_.size());
  VARVE_RETURN_IF_ERROR(spool_->Append(length.bytes()));
  VARVE_RETURN_IF_ERROR(spool_->Append(buffer_.bytes()));
  last_labels_ = labels;
  if (!chunks.empty()) last_chunk_ref_ = chunks.back().ref;
  ++series_count_;
  return absl::OkStatus();
}

absl::Status IndexWriter::Finish() {
  VARVE_ASSIGN_OR_RETURN(index_, OutputFile::Create(JoinPath(directory_, kIndexFileName)));
  ByteWriter header;
  header.U32(kIndexMagic);
  header.U8(kIndexVersion2);
  VARVE_RETURN_IF_ERROR(index_->Append(header.bytes()));
  VARVE_RETURN_IF_ERROR(WriteSymbols());
  VARVE_RETURN_IF_ERROR(WriteSeries());

  VARVE_RETURN_IF_ERROR(index_->Flush());
  VARVE_ASSIGN_OR_RETURN(const auto written, files_.Map(index_->path()));
  const Bytes series = written->bytes().subspan(toc_.series, toc_.label_indices - toc_.series);
  VARVE_RETURN_IF_ERROR(postings_.WriteLists(symbols_, series, toc_.series, *index_));
  toc_.label_offset_table = toc_.postings_offset_table = index_->size();  // upstream still names the table it no longer writes
  VARVE_RETURN_IF_ERROR(postings_.WriteOffsetTable(*index_));
  VARVE_RETURN_IF_ERROR(WriteToc());
  return index_->SyncAndClose();
}

absl::Status IndexWriter::WriteSymbols() {
  toc_.symbols = index_->size();
  uint64_t length = 4;
  symbols_.Seal();
  ByteWriter text_length;
  for (const uint32_t symbol : symbols_.sorted()) {
    text_length.Clear();
    text_length.Uvarint(symbols_.TextOf(symbol).size());
    length += text_length.size() + symbols_.TextOf(symbol).size();
  }
  if (length > std::numeric_limits<uint32_t>::max()) {
    return ResourceExhausted("symbol table: {} bytes are more than the index format can hold", length);
  }
  buffer_.Clear();
  buffer_.U32(static_cast<uint32_t>(length));
  VARVE_RETURN_IF_ERROR(index_->Append(buffer_.bytes()));
  buffer_.Clear();
  buffer_.U32(static_cast<uint32_t>(symbols_.size()));
  uint32_t crc = Crc32c(buffer_.bytes());
  VARVE_RETURN_IF_ERROR(index_->Append(buffer_.bytes()));
  for (const uint32_t symbol : symbols_.sorted()) {
    buffer_.Clear();
    buffer_.UvarintText(symbols_.TextOf(symbol));
    crc = Crc32c(buffer_.bytes(), crc);
    VARVE_RETURN_IF_ERROR(index_->Append(buffer_.bytes()));
  }
  buffer_.Clear();
  buffer_.U32(crc);
  return index_->Append(buffer_.bytes());
}

absl::Status IndexWriter::WriteSeries() {
  toc_.series = index_->size();
  VARVE_RETURN_IF_ERROR(spool_->Flush());
  VARVE_ASSIGN_OR_RETURN(const auto spooled, files_.Map(spool_->path()));
  ByteReader reader(spooled->bytes());
  for (uint64_t i = 0; i < series_count_; ++i) {
    VARVE_RETURN_IF_ERROR(DecodeSeriesEntry(reader.Take(reader.Uvarint()), entry_));
    for (SymbolPair& label : entry_.labels) label = {symbols_.RankOf(label.name), symbols_.RankOf(label.value)};
    VARVE_RETURN_IF_ERROR(index_->PadTo(kSeriesAlignBytes));
    if (index_->size() / kSeriesAlignBytes > std::numeric_limits<SeriesRef>::max()) {
      return ResourceExhausted("index: more than the 64 GiB of series that the format can hold");
    }
    buffer_.Clear();
    EncodeSeriesEntry(entry_, buffer_);
    series_bytes_max_ = std::max<uint64_t>(series_bytes_max_, buffer_.size());
    ByteWriter length;
    length.Uvarint(buffer_.size());
    VARVE_RETURN_IF_ERROR(index_->Append(length.bytes()));
    buffer_.U32(Crc32c(buffer_.bytes()));
    VARVE_RETURN_IF_ERROR(index_->Append(buffer_.bytes()));
  }
  toc_.label_indices = toc_.postings = index_->size();
  VARVE_RETURN_IF_ERROR(files_.Remove(spool_->path()));
  spool_.reset();
  return absl::OkStatus();
}

absl::Status IndexWriter::WriteToc() {
  buffer_.Clear();
  for (const uint64_t offset :
       {toc_.symbols, toc_.series, toc_.label_indices, toc_.label_offset_table, toc_.postings, toc_.postings_offset_table}) {
    buffer_.U64(offset);
  }
  buffer_.U32(Crc32c(buffer_.bytes()));
  return index_->Append(buffer_.bytes());
}

}  // namespace varve
