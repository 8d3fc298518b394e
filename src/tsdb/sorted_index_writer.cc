#include "tsdb/sorted_index_writer.h"

#include <algorithm>
#include <limits>

#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

bool Before(const SymbolPair& a, const SymbolPair& b) { return a.name != b.name ? a.name < b.name : a.value < b.value; }

}  // namespace

absl::StatusOr<std::unique_ptr<SortedIndexWriter>> SortedIndexWriter::Create(Files& files, const std::string& directory,
                                                                             std::span<const std::string_view> symbols,
                                                                             bool sync) {
  VARVE_ASSIGN_OR_RETURN(auto index, OutputFile::Create(JoinPath(directory, kIndexFileName)));
  std::unique_ptr<SortedIndexWriter> writer(new SortedIndexWriter(files, std::move(index), symbols, sync));
  ByteWriter header;
  header.U32(kIndexMagic);
  header.U8(kIndexVersion2);
  VARVE_RETURN_IF_ERROR(writer->index_->Append(header.bytes()));
  VARVE_RETURN_IF_ERROR(writer->WriteSymbols());
  return writer;
}

absl::Status SortedIndexWriter::WriteSymbols() {
  toc_.symbols = index_->size();
  uint64_t length = 4;
  ByteWriter text_length;
  for (const std::string_view symbol : symbols_) {
    text_length.Clear();
    text_length.Uvarint(symbol.size());
    length += text_length.size() + symbol.size();
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
  for (const std::string_view symbol : symbols_) {
    buffer_.Clear();
    buffer_.UvarintText(symbol);
    crc = Crc32c(buffer_.bytes(), crc);
    VARVE_RETURN_IF_ERROR(index_->Append(buffer_.bytes()));
  }
  buffer_.Clear();
  buffer_.U32(crc);
  VARVE_RETURN_IF_ERROR(index_->Append(buffer_.bytes()));
  toc_.series = index_->size();
  return absl::OkStatus();
}

std::string SortedIndexWriter::Text(std::span<const SymbolPair> labels) const {
  std::vector<LabelView> views;
  for (const SymbolPair& label : labels) views.push_back({symbols_[label.name], symbols_[label.value]});
  return Labels(std::move(views)).ToString();
}

absl::Status SortedIndexWriter::CheckLabels(std::span<const SymbolPair> labels) const {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].name >= symbols_.size() || labels[i].value >= symbols_.size()) {
      return InvalidArgument("write index: symbol {} or {} of {}", labels[i].name, labels[i].value, symbols_.size());
    }
    if (i > 0 && labels[i].name <= labels[i - 1].name) {
      return InvalidArgument("write index: label {:?} behind {:?}", symbols_[labels[i].name], symbols_[labels[i - 1].name]);
    }
  }
  if (series_count_ == 0 || std::ranges::lexicographical_compare(last_labels_, labels, Before)) return absl::OkStatus();
  return InvalidArgument("write index: series {} behind {}", Text(labels), Text(last_labels_));
}

absl::Status SortedIndexWriter::AddSeries(std::span<const SymbolPair> labels, std::span<const ChunkMeta> chunks) {
  VARVE_RETURN_IF_ERROR(CheckLabels(labels));
  if (const absl::Status status = CheckChunkOrder(chunks, last_chunk_ref_); !status.ok()) {
    return Annotate(status, "write index: series {}", Text(labels));
  }
  postings_.Count(labels);
  entry_.labels.assign(labels.begin(), labels.end());
  entry_.chunks.assign(chunks.begin(), chunks.end());
  buffer_.Clear();
  EncodeSeriesEntry(entry_, buffer_);
  series_bytes_max_ = std::max<uint64_t>(series_bytes_max_, buffer_.size());

  VARVE_RETURN_IF_ERROR(index_->PadTo(kSeriesAlignBytes));
  if (index_->size() / kSeriesAlignBytes > std::numeric_limits<SeriesRef>::max()) {
    return ResourceExhausted("index: more than the 64 GiB of series that the format can hold");
  }
  ByteWriter length;
  length.Uvarint(buffer_.size());
  VARVE_RETURN_IF_ERROR(index_->Append(length.bytes()));
  buffer_.U32(Crc32c(buffer_.bytes()));
  VARVE_RETURN_IF_ERROR(index_->Append(buffer_.bytes()));
  last_labels_.swap(entry_.labels);
  if (!chunks.empty()) last_chunk_ref_ = chunks.back().ref;
  ++series_count_;
  return absl::OkStatus();
}

absl::Status SortedIndexWriter::Finish() {
  toc_.label_indices = toc_.postings = index_->size();
  VARVE_RETURN_IF_ERROR(index_->Flush());
  VARVE_ASSIGN_OR_RETURN(const auto written, files_.Map(index_->path()));
  const Bytes series = written->bytes().subspan(toc_.series, toc_.postings - toc_.series);
  VARVE_RETURN_IF_ERROR(postings_.WriteLists(symbols_, series, toc_.series, *index_));
  toc_.label_offset_table = toc_.postings_offset_table = index_->size();  // upstream still names the table it no longer writes
  VARVE_RETURN_IF_ERROR(postings_.WriteOffsetTable(*index_));
  VARVE_RETURN_IF_ERROR(WriteToc());
  return sync_ ? index_->SyncAndClose() : index_->Close();
}

absl::Status SortedIndexWriter::WriteToc() {
  buffer_.Clear();
  for (const uint64_t offset :
       {toc_.symbols, toc_.series, toc_.label_indices, toc_.label_offset_table, toc_.postings, toc_.postings_offset_table}) {
    buffer_.U64(offset);
  }
  buffer_.U32(Crc32c(buffer_.bytes()));
  return index_->Append(buffer_.bytes());
}

}  // namespace varve
