#include "tsdb/index_writer.h"

#include <vector>

#include "base/byte_reader.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/sorted_index_writer.h"

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

absl::Status IndexWriter::AddSeries(const Labels& labels, std::span<const ChunkMeta> chunks) {
  if (series_count_ > 0 && labels <= last_labels_) {
    return InvalidArgument("write index: series {} behind {}", labels.ToString(), last_labels_.ToString());
  }
  VARVE_RETURN_IF_ERROR(Annotate(CheckChunkOrder(chunks, last_chunk_ref_), "write index: series {}", labels.ToString()));
  entry_.labels.clear();
  for (const LabelView& label : labels) entry_.labels.push_back({symbols_.Intern(label.name), symbols_.Intern(label.value)});
  entry_.chunks.assign(chunks.begin(), chunks.end());
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
  symbols_.Seal();
  std::vector<std::string_view> texts;
  texts.reserve(symbols_.size());
  for (const uint32_t symbol : symbols_.sorted()) texts.push_back(symbols_.TextOf(symbol));
  VARVE_ASSIGN_OR_RETURN(const auto index, SortedIndexWriter::Create(files_, directory_, texts));

  VARVE_RETURN_IF_ERROR(spool_->Flush());
  VARVE_ASSIGN_OR_RETURN(const auto spooled, files_.Map(spool_->path()));
  ByteReader reader(spooled->bytes());
  for (uint64_t i = 0; i < series_count_; ++i) {
    VARVE_RETURN_IF_ERROR(DecodeSeriesEntry(reader.Take(reader.Uvarint()), entry_));
    for (SymbolPair& label : entry_.labels) label = {symbols_.RankOf(label.name), symbols_.RankOf(label.value)};
    VARVE_RETURN_IF_ERROR(index->AddSeries(entry_.labels, entry_.chunks));
  }
  VARVE_RETURN_IF_ERROR(files_.Remove(spool_->path()));
  spool_.reset();
  series_bytes_max_ = index->series_bytes_max();
  return index->Finish();
}

}  // namespace varve
