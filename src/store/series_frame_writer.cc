#include <utility>

#include "base/check.h"
#include "storage/join_chunks.h"
#include "store/series_frames.h"

namespace varve {
namespace {

constexpr uint8_t Tag(int field, bool is_bytes) { return static_cast<uint8_t>(field << 3 | (is_bytes ? 2 : 0)); }

size_t UvarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}
size_t FieldSize(size_t length) { return 1 + UvarintSize(length) + length; }

// Appends to a buffer that is then taken away.
class MessageWriter {
 public:
  void Number(int field, uint64_t value) {
    writer_.U8(Tag(field, false));
    writer_.Uvarint(value);
  }
  void Open(int field, size_t length) {  // of a message or string whose bytes follow
    writer_.U8(Tag(field, true));
    writer_.Uvarint(length);
  }
  void Text(int field, std::string_view text) { Raw(field, AsBytes(text)); }
  void Raw(int field, Bytes bytes) {
    Open(field, bytes.size());
    writer_.Append(bytes);
  }
  ByteBuffer Release() { return writer_.Release(); }

 private:
  ByteWriter writer_;
};

uint64_t WireEncoding(ChunkEncoding encoding) {
  VARVE_CHECK(WireEncodable(encoding));
  return static_cast<uint64_t>(encoding) - 1;
}

// Zero is not written, as proto3 has it.
size_t NumberSize(uint64_t value) { return value == 0 ? 0 : 1 + UvarintSize(value); }

size_t ChunkSize(const ChunkView& chunk) { return NumberSize(WireEncoding(chunk.encoding)) + FieldSize(chunk.data.size()); }

size_t UnitSize(ChunkUnit unit) {
  size_t size = NumberSize(static_cast<uint64_t>(unit.front().min_time)) + NumberSize(static_cast<uint64_t>(unit.front().max_time));
  for (const ChunkView& chunk : unit) size += FieldSize(ChunkSize(chunk));
  return size;
}

size_t LabelSize(const LabelView& label) { return FieldSize(label.name.size()) + FieldSize(label.value.size()); }

void WriteUnit(ChunkUnit unit, MessageWriter& out) {
  out.Open(2, UnitSize(unit));
  if (unit.front().min_time != 0) out.Number(1, static_cast<uint64_t>(unit.front().min_time));
  if (unit.front().max_time != 0) out.Number(2, static_cast<uint64_t>(unit.front().max_time));
  for (const ChunkView& chunk : unit) {
    out.Open(3 + static_cast<int>(chunk.aggregate), ChunkSize(chunk));
    if (WireEncoding(chunk.encoding) != 0) out.Number(1, WireEncoding(chunk.encoding));
    out.Raw(2, chunk.data);
  }
}

// Appends a thanos.Series, with its tag and length, as field `field` of what surrounds it.
void WriteSeries(int field, const Labels& labels, std::span<const ChunkUnit> units, MessageWriter& out) {
  size_t size = 0;
  for (const LabelView& label : labels) size += FieldSize(LabelSize(label));
  for (const ChunkUnit unit : units) size += FieldSize(UnitSize(unit));
  out.Open(field, size);
  for (const LabelView& label : labels) {
    out.Open(1, LabelSize(label));
    out.Text(1, label.name);
    out.Text(2, label.value);
  }
  for (const ChunkUnit unit : units) WriteUnit(unit, out);
}

// How many of the units fit into a frame; at least one.
size_t UnitsThatFit(std::span<const ChunkUnit> units) {
  size_t bytes = 0;
  for (size_t i = 0; i < units.size(); ++i) {
    bytes += UnitSize(units[i]);
    if (bytes > SeriesFrameWriter::kFrameBytes && i > 0) return i;
  }
  return units.size();
}

ByteBuffer Wrap(int field, Bytes bytes) {
  MessageWriter out;
  out.Raw(field, bytes);
  return out.Release();
}

}  // namespace

void SeriesFrameWriter::Add(const ChunkSeries& series) {
  const std::vector<ChunkUnit> units = ChunkUnits(series.chunks);
  std::span<const ChunkUnit> left = units;
  do {
    const size_t count = UnitsThatFit(left);
    MessageWriter out;
    WriteSeries(1, series.labels, left.first(count), out);
    left = left.subspan(count);
    ByteBuffer bytes = out.Release();  // field 1 of a SeriesBatch, or of a SeriesResponse: the same bytes
    if (batch_size_ <= 1) {
      frames_.push_back(std::move(bytes));
      continue;
    }
    batch_.insert(batch_.end(), bytes.begin(), bytes.end());
    if (++batch_series_ >= batch_size_ || batch_.size() >= kFrameBytes) CloseBatch();
  } while (!left.empty());
}

void SeriesFrameWriter::CloseBatch() {
  frames_.push_back(Wrap(4, batch_));
  batch_.clear();
  batch_series_ = 0;
}

ByteBuffer SeriesFrameWriter::Take() {
  if (frames_.empty()) CloseBatch();
  ByteBuffer frame = std::move(frames_[taken_++]);
  if (taken_ == frames_.size()) {
    frames_.clear();
    taken_ = 0;
  }
  return frame;
}

ByteBuffer EncodeWarningFrame(std::string_view warning) { return Wrap(2, AsBytes(warning)); }
ByteBuffer EncodeHintsFrame(std::string_view any) { return Wrap(3, AsBytes(any)); }

}  // namespace varve
