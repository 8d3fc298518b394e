#include <algorithm>
#include <array>

#include "base/byte_reader.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "store/series_frames.h"

namespace varve {
namespace {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// One message's fields, front to back. A field of an unexpected type is skipped, as protobuf does.
class MessageReader {
 public:
  explicit MessageReader(Bytes bytes) : reader_(bytes) {}

  bool Next() {
    if (!ok_ || reader_.empty()) return false;
    const uint64_t tag = reader_.Uvarint();
    field_ = tag >> 3;
    type_ = static_cast<WireType>(tag & 7);
    switch (type_) {
      case WireType::kVarint: number_ = reader_.Uvarint(); break;
      case WireType::kFixed64: reader_.Skip(8); break;
      case WireType::kFixed32: reader_.Skip(4); break;
      case WireType::kBytes: bytes_ = reader_.Take(reader_.Uvarint()); break;
      default: ok_ = false;  // groups, and numbers that mean nothing
    }
    ok_ = ok_ && reader_.ok() && field_ > 0 && field_ < (uint64_t{1} << 29);
    return ok_;
  }
  bool Is(uint64_t field, WireType type) const { return field_ == field && type_ == type; }
  uint64_t number() const { return number_; }
  Bytes bytes() const { return bytes_; }
  uint64_t field() const { return field_; }
  WireType type() const { return type_; }
  absl::Status Finish(std::string_view what) const {
    return ok_ ? absl::OkStatus() : DataLoss("series frame: {} is not a protobuf message", what);
  }

 private:
  ByteReader reader_;
  bool ok_ = true;
  uint64_t field_ = 0;
  WireType type_ = WireType::kVarint;
  uint64_t number_ = 0;
  Bytes bytes_;
};

class FrameDecoder {
 public:
  explicit FrameDecoder(const std::shared_ptr<const void>& owner) : owner_(owner) {}

  absl::StatusOr<SeriesFrame> Decode(Bytes bytes) {
    MessageReader response(bytes);
    while (response.Next()) {
      if (response.Is(1, WireType::kBytes)) {
        VARVE_RETURN_IF_ERROR(DecodeSeries(response.bytes()));
      } else if (response.Is(2, WireType::kBytes)) {
        frame_.warning = AsText(response.bytes());
      } else if (response.Is(3, WireType::kBytes)) {
        frame_.hints = response.bytes();
      } else if (response.Is(4, WireType::kBytes)) {
        VARVE_RETURN_IF_ERROR(DecodeBatch(response.bytes()));
      }
    }
    VARVE_RETURN_IF_ERROR(response.Finish("the response"));
    return std::move(frame_);
  }

 private:
  absl::Status DecodeBatch(Bytes bytes) {
    MessageReader batch(bytes);
    while (batch.Next()) {
      if (batch.Is(1, WireType::kBytes)) VARVE_RETURN_IF_ERROR(DecodeSeries(batch.bytes()));
    }
    return batch.Finish("a batch");
  }

  absl::Status DecodeSeries(Bytes bytes) {
    ChunkSeries& series = frame_.series.emplace_back();
    labels_.clear();
    MessageReader message(bytes);
    while (message.Next()) {
      if (message.Is(1, WireType::kBytes)) {
        VARVE_RETURN_IF_ERROR(DecodeLabel(message.bytes()));
      } else if (message.Is(2, WireType::kBytes)) {
        VARVE_RETURN_IF_ERROR(DecodeAggrChunk(message.bytes(), series.chunks));
      }
    }
    VARVE_RETURN_IF_ERROR(message.Finish("a series"));
    const auto follows = [](const LabelView& a, const LabelView& b) { return b.name <= a.name; };
    const bool sorted = std::adjacent_find(labels_.begin(), labels_.end(), follows) == labels_.end() &&
                        std::none_of(labels_.begin(), labels_.end(), [](const LabelView& label) { return label.value.empty(); });
    series.labels = sorted ? Labels::FromSorted(labels_) : Labels(labels_);
    series.owners.push_back(owner_);
    return absl::OkStatus();
  }

  absl::Status DecodeLabel(Bytes bytes) {
    LabelView& label = labels_.emplace_back();
    MessageReader message(bytes);
    while (message.Next()) {
      if (message.Is(1, WireType::kBytes)) label.name = AsText(message.bytes());
      if (message.Is(2, WireType::kBytes)) label.value = AsText(message.bytes());
    }
    return message.Finish("a label");
  }

  absl::Status DecodeAggrChunk(Bytes bytes, std::vector<ChunkView>& chunks) {
    constexpr std::array<Aggregate, 6> kByField = {Aggregate::kRaw, Aggregate::kCount, Aggregate::kSum,
                                                   Aggregate::kMin, Aggregate::kMax,   Aggregate::kCounter};  // from field 3
    const size_t first = chunks.size();
    TimestampMs min_time = 0, max_time = 0;
    MessageReader message(bytes);
    while (message.Next()) {
      if (message.Is(1, WireType::kVarint)) {
        min_time = static_cast<TimestampMs>(message.number());
      } else if (message.Is(2, WireType::kVarint)) {
        max_time = static_cast<TimestampMs>(message.number());
      } else if (message.type() == WireType::kBytes && message.field() >= 3 && message.field() - 3 < kByField.size()) {
        VARVE_RETURN_IF_ERROR(DecodeChunk(message.bytes(), kByField[message.field() - 3], chunks));
      }
    }
    VARVE_RETURN_IF_ERROR(message.Finish("a chunk"));
    if (min_time > max_time) return DataLoss("series frame: a chunk ends at {}, before it starts at {}", max_time, min_time);
    for (size_t i = first; i < chunks.size(); ++i) {
      chunks[i].min_time = min_time;
      chunks[i].max_time = max_time;
    }
    return absl::OkStatus();
  }

  static absl::Status DecodeChunk(Bytes bytes, Aggregate aggregate, std::vector<ChunkView>& chunks) {
    uint64_t type = 0;
    ChunkView& chunk = chunks.emplace_back();
    chunk.aggregate = aggregate;
    MessageReader message(bytes);
    while (message.Next()) {
      if (message.Is(1, WireType::kVarint)) type = message.number();
      if (message.Is(2, WireType::kBytes)) chunk.data = message.bytes();
    }
    // Stores of Thanos pass newer encodings on with their number less one, though the API has no names for them.
    constexpr uint64_t kNewest = static_cast<uint64_t>(ChunkEncoding::kFloatHistogramSt) - 1;
    if (type > kNewest) return DataLoss("series frame: a chunk has encoding {}, which nobody knows", type);
    chunk.encoding = static_cast<ChunkEncoding>(type + 1);
    return message.Finish("a chunk's data");
  }

  const std::shared_ptr<const void>& owner_;
  SeriesFrame frame_;
  std::vector<LabelView> labels_;
};

}  // namespace

absl::StatusOr<SeriesFrame> DecodeSeriesFrame(Bytes bytes, const std::shared_ptr<const void>& owner) {
  return FrameDecoder(owner).Decode(bytes);
}

}  // namespace varve
