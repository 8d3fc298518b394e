#include <algorithm>
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

// Appends the fields of messages to a buffer.
class MessageWriter {
 public:
  explicit MessageWriter(ByteBuffer& out) : out_(out) {}

  void Number(int field, uint64_t value) {
    Byte(Tag(field, false));
    Uvarint(value);
  }
  void Open(int field, size_t length) {  // of a message or string whose bytes follow
    Byte(Tag(field, true));
    Uvarint(length);
  }
  void Raw(int field, Bytes bytes) {
    Open(field, bytes.size());
    out_.insert(out_.end(), bytes.data(), bytes.data() + bytes.size());  // pointers: span iterators are copied byte by byte
  }
  void Text(int field, std::string_view text) { Raw(field, AsBytes(text)); }
  void Expect(size_t bytes) {
    if (out_.capacity() - out_.size() < bytes) out_.reserve(std::max(2 * out_.capacity(), out_.size() + bytes));
  }

 private:
  void Byte(uint8_t value) { out_.push_back(static_cast<std::byte>(value)); }
  void Uvarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) Byte(static_cast<uint8_t>(value | 0x80));
    Byte(static_cast<uint8_t>(value));
  }
  ByteBuffer& out_;
};

uint64_t WireEncoding(ChunkEncoding encoding) {
  VARVE_CHECK(WireEncodable(encoding));
  return static_cast<uint64_t>(encoding) - 1;
}

// Zero is not written, as proto3 has it.
size_t NumberSize(uint64_t value) { return value == 0 ? 0 : 1 + UvarintSize(value); }

size_t ChunkSize(const ChunkView& chunk) { return NumberSize(WireEncoding(chunk.encoding)) + FieldSize(chunk.data.size()); }

size_t UnitSize(ChunkUnit unit) {
  size_t size =
      NumberSize(static_cast<uint64_t>(unit.front().min_time)) + NumberSize(static_cast<uint64_t>(unit.front().max_time));
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

// Appends a thanos.Series, with its tag and length. It is field 1 of a SeriesBatch and of a SeriesResponse alike.
void WriteSeries(const Labels& labels, std::span<const ChunkUnit> units, MessageWriter out) {
  size_t size = 0;
  for (const LabelView& label : labels) size += FieldSize(LabelSize(label));
  for (const ChunkUnit unit : units) size += FieldSize(UnitSize(unit));
  out.Expect(FieldSize(size));
  out.Open(1, size);
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
  ByteBuffer out;
  MessageWriter writer(out);
  writer.Expect(FieldSize(bytes.size()));
  writer.Raw(field, bytes);
  return out;
}

}  // namespace

void SeriesFrameWriter::Add(const ChunkSeries& series) {
  const std::vector<ChunkUnit> units = ChunkUnits(series.chunks);
  std::span<const ChunkUnit> left = units;
  do {
    const size_t count = UnitsThatFit(left);
    const bool batched = batch_size_ > 1;
    WriteSeries(series.labels, left.first(count), MessageWriter(batched ? batch_ : frames_.emplace_back()));
    left = left.subspan(count);
    if (batched && (++batch_series_ >= batch_size_ || batch_.size() >= kFrameBytes)) CloseBatch();
  } while (!left.empty());
}

void SeriesFrameWriter::CloseBatch() {
  frames_.push_back(Wrap(4, batch_));
  batch_.clear();  // and keeps its memory for the next one
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
