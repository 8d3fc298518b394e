#include "store/remote_read.h"

#include <proto/prometheus/types.pb.h>

#include <memory>
#include <utility>

#include "base/byte_reader.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "net/snappy.h"
#include "store/proto_convert.h"
#include "store/transcode.h"

namespace varve {
namespace {

constexpr size_t kLengthBytesMax = 10;  // of a uvarint
constexpr size_t kCrcBytes = 4;

absl::StatusOr<ChunkSeries> ToChunkSeries(const prometheus_copy::ChunkedSeries& proto,
                                          const std::shared_ptr<const prometheus_copy::ChunkedReadResponse>& owner) {
  ChunkSeries series{.labels = FromProto(proto.labels()), .chunks = {}, .owners = {owner}};
  series.chunks.reserve(static_cast<size_t>(proto.chunks_size()));
  for (const prometheus_copy::Chunk& chunk : proto.chunks()) {
    if (chunk.type() < prometheus_copy::Chunk::XOR || !prometheus_copy::Chunk::Encoding_IsValid(chunk.type())) {
      return DataLoss("remote read: a chunk of {} has encoding {}, which nobody knows", series.labels.ToString(), chunk.type());
    }
    if (chunk.min_time_ms() > chunk.max_time_ms()) {
      return DataLoss("remote read: a chunk of {} ends before it starts", series.labels.ToString());
    }
    series.chunks.push_back({.min_time = chunk.min_time_ms(),
                             .max_time = chunk.max_time_ms(),
                             .encoding = static_cast<ChunkEncoding>(chunk.type()),
                             .data = AsBytes(chunk.data())});
  }
  return series;
}

std::vector<HistogramSpan> Spans(const google::protobuf::RepeatedPtrField<prometheus_copy::BucketSpan>& protos) {
  std::vector<HistogramSpan> spans;
  for (const prometheus_copy::BucketSpan& span : protos) spans.push_back({span.offset(), span.length()});
  return spans;
}

// Counts of integer histograms come as differences from bucket to bucket.
std::vector<double> Counts(const google::protobuf::RepeatedField<double>& counts,
                           const google::protobuf::RepeatedField<int64_t>& deltas) {
  if (!counts.empty()) return {counts.begin(), counts.end()};
  std::vector<double> absolute;
  uint64_t count = 0;  // wraps rather than overflows on hostile input, which Validate then refuses
  for (const int64_t delta : deltas)
    absolute.push_back(static_cast<double>(static_cast<int64_t>(count += static_cast<uint64_t>(delta))));
  return absolute;
}

FloatHistogram ToHistogram(const prometheus_copy::Histogram& proto) {
  FloatHistogram histogram;
  histogram.reset_hint = static_cast<CounterResetHint>(proto.reset_hint() & 3);
  histogram.schema = proto.schema();
  histogram.zero_threshold = proto.zero_threshold();
  histogram.count = proto.has_count_int() ? static_cast<double>(proto.count_int()) : proto.count_float();
  histogram.zero_count = proto.has_zero_count_int() ? static_cast<double>(proto.zero_count_int()) : proto.zero_count_float();
  histogram.sum = proto.sum();
  histogram.positive_spans = Spans(proto.positive_spans());
  histogram.negative_spans = Spans(proto.negative_spans());
  histogram.positive = Counts(proto.positive_counts(), proto.positive_deltas());
  histogram.negative = Counts(proto.negative_counts(), proto.negative_deltas());
  histogram.custom_values.assign(proto.custom_values().begin(), proto.custom_values().end());
  return histogram;
}

absl::StatusOr<ChunkSeries> ToChunkSeries(const prometheus_copy::TimeSeries& proto) {
  ChunkSeries series{.labels = FromProto(proto.labels()), .chunks = {}, .owners = {}};
  SeriesSamples samples;
  for (const prometheus_copy::Sample& sample : proto.samples()) samples.floats.Append(sample.timestamp(), sample.value());
  for (const prometheus_copy::Histogram& one : proto.histograms()) {
    FloatHistogram histogram = ToHistogram(one);
    if (!histogram.is_stale()) {
      if (absl::Status valid = histogram.Validate(); !valid.ok()) {
        return DataLoss("remote read: a histogram of {}: {}", series.labels.ToString(), Message(valid));
      }
    }
    samples.histograms.Append(one.timestamp(), std::move(histogram));
  }
  if (absl::Status encoded = AppendEncoded(samples, series); !encoded.ok()) {
    return DataLoss("remote read: {}: {}", series.labels.ToString(), Message(encoded));
  }
  return series;
}

}  // namespace

std::string EncodeRemoteRead(QueryRange range, const Matchers& matchers) {
  prometheus_copy::ReadRequest request;
  prometheus_copy::Query* query = request.add_queries();
  query->set_start_timestamp_ms(range.min);
  query->set_end_timestamp_ms(range.max_inclusive);
  for (const Matcher& matcher : matchers) {
    prometheus_copy::LabelMatcher* proto = query->add_matchers();
    proto->set_type(static_cast<prometheus_copy::LabelMatcher::Type>(matcher.type()));
    proto->set_name(matcher.name());
    proto->set_value(matcher.value());
  }
  request.add_accepted_response_types(prometheus_copy::ReadRequest::STREAMED_XOR_CHUNKS);
  request.add_accepted_response_types(prometheus_copy::ReadRequest::SAMPLES);
  return SnappyCompress(request.SerializeAsString());
}

absl::Status RemoteReadDecoder::Feed(std::string_view bytes) {
  pending_.append(bytes);
  while (true) {
    VARVE_ASSIGN_OR_RETURN(const bool whole, TakeFrame());
    if (!whole) break;
  }
  pending_.erase(0, at_);
  at_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<bool> RemoteReadDecoder::TakeFrame() {
  const std::string_view rest = std::string_view(pending_).substr(at_);
  ByteReader reader(AsBytes(rest));
  const uint64_t length = reader.Uvarint();
  if (!reader.ok()) {
    if (rest.size() < kLengthBytesMax) return false;
    return DataLoss("remote read: frame {} has a bad length", frames_);
  }
  if (length > kRemoteReadFrameMax) {
    return DataLoss("remote read: frame {} announces {} bytes, more than {}", frames_, length, kRemoteReadFrameMax);
  }
  if (reader.remaining() < kCrcBytes + length) return false;
  const uint32_t crc = reader.U32();
  const Bytes message = reader.Take(length);
  if (Crc32c(message) != crc) return DataLoss("remote read: the checksum of frame {} is wrong", frames_);
  auto frame = std::make_shared<prometheus_copy::ChunkedReadResponse>();
  if (!frame->ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return DataLoss("remote read: frame {} is not a ChunkedReadResponse", frames_);
  }
  ++frames_;
  at_ += reader.position();
  const std::shared_ptr<const prometheus_copy::ChunkedReadResponse> owner = std::move(frame);
  for (const prometheus_copy::ChunkedSeries& proto : owner->chunked_series()) {
    VARVE_ASSIGN_OR_RETURN(ChunkSeries series, ToChunkSeries(proto, owner));
    VARVE_RETURN_IF_ERROR(on_series_(std::move(series)));
  }
  return true;
}

absl::Status RemoteReadDecoder::Finish() const {
  if (pending_.empty()) return absl::OkStatus();
  return DataLoss("remote read: the answer ends inside of frame {}", frames_);
}

absl::StatusOr<std::vector<ChunkSeries>> DecodeSampledRead(std::string_view compressed) {
  VARVE_ASSIGN_OR_RETURN(const std::string bytes, SnappyDecompress(compressed, kRemoteReadSampledMax));
  prometheus_copy::ReadResponse response;
  if (!response.ParseFromString(bytes)) return DataLoss("remote read: the answer is not a ReadResponse");
  if (response.results_size() != 1) return DataLoss("remote read: {} results to one query", response.results_size());
  std::vector<ChunkSeries> all;
  for (const prometheus_copy::TimeSeries& proto : response.results(0).timeseries()) {
    VARVE_ASSIGN_OR_RETURN(ChunkSeries series, ToChunkSeries(proto));
    if (!series.chunks.empty()) all.push_back(std::move(series));
  }
  return all;
}

}  // namespace varve
