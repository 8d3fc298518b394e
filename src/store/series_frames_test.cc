#include "store/series_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <proto/thanos/store.pb.h>

namespace varve {
namespace {

using testing::ElementsAre;

ChunkView Chunk(TimestampMs min, TimestampMs max, std::string_view data, Aggregate aggregate = Aggregate::kRaw,
                ChunkEncoding encoding = ChunkEncoding::kXor) {
  return {.min_time = min, .max_time = max, .encoding = encoding, .aggregate = aggregate, .data = AsBytes(data)};
}

std::vector<ByteBuffer> Frames(uint32_t batch_size, const std::vector<ChunkSeries>& all) {
  SeriesFrameWriter writer(batch_size);
  std::vector<ByteBuffer> frames;
  for (const ChunkSeries& series : all) {
    writer.Add(series);
    while (writer.full()) frames.push_back(writer.Take());
  }
  if (!writer.empty()) frames.push_back(writer.Take());
  return frames;
}

thanos::SeriesResponse Parse(Bytes frame) {
  thanos::SeriesResponse response;
  EXPECT_TRUE(response.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
  return response;
}

TEST(SeriesFramesTest, ProtobufReadsWhatWeWrite) {
  ChunkSeries series;
  series.labels = Labels{{"a", "1"}, {"b", "2"}};
  series.chunks = {Chunk(-5, 0, "raw", Aggregate::kRaw, ChunkEncoding::kFloatHistogram),
                   Chunk(10, 20, "count", Aggregate::kCount), Chunk(10, 20, "counter", Aggregate::kCounter)};
  const auto frames = Frames(0, {series});
  ASSERT_EQ(frames.size(), 1);
  const thanos::Series parsed = Parse(frames[0]).series();
  ASSERT_EQ(parsed.labels_size(), 2);
  EXPECT_EQ(parsed.labels(1).name(), "b");
  EXPECT_EQ(parsed.labels(1).value(), "2");
  ASSERT_EQ(parsed.chunks_size(), 2);
  EXPECT_EQ(parsed.chunks(0).min_time(), -5);
  EXPECT_EQ(parsed.chunks(0).max_time(), 0);
  EXPECT_EQ(parsed.chunks(0).raw().type(), thanos::Chunk::FLOAT_HISTOGRAM);
  EXPECT_EQ(parsed.chunks(0).raw().data(), "raw");
  EXPECT_FALSE(parsed.chunks(0).has_count());
  EXPECT_EQ(parsed.chunks(1).count().type(), thanos::Chunk::XOR);
  EXPECT_EQ(parsed.chunks(1).count().data(), "count");
  EXPECT_EQ(parsed.chunks(1).counter().data(), "counter");
}

TEST(SeriesFramesTest, WeReadWhatProtobufWrites) {
  thanos::SeriesResponse response;
  thanos::Series* series = response.mutable_batch()->add_series();
  for (const std::string name : {"b", "a"}) {  // not sorted: an endpoint's mistake that is put right
    thanos::Label* label = series->add_labels();
    label->set_name(name);
    label->set_value("of " + name);
  }
  thanos::AggrChunk* chunk = series->add_chunks();
  chunk->set_min_time(-1);
  chunk->set_max_time(7);
  chunk->mutable_sum()->set_data("sum");
  chunk->mutable_sum()->set_hash(12345);
  chunk->mutable_min()->set_type(thanos::Chunk::HISTOGRAM);
  response.mutable_batch()->add_series();
  const std::string bytes = response.SerializeAsString();
  const auto owner = std::make_shared<int>();
  const auto frame = DecodeSeriesFrame(AsBytes(bytes), owner);
  ASSERT_TRUE(frame.ok()) << frame.status();
  ASSERT_EQ(frame->series.size(), 2);
  EXPECT_EQ(frame->series[0].labels, (Labels{{"a", "of a"}, {"b", "of b"}}));
  ASSERT_EQ(frame->series[0].chunks.size(), 2);
  EXPECT_EQ(frame->series[0].chunks[0].min_time, -1);
  EXPECT_EQ(AsText(frame->series[0].chunks[0].data), "sum");
  EXPECT_EQ(frame->series[0].chunks[1].aggregate, Aggregate::kMin);
  EXPECT_EQ(frame->series[0].chunks[1].encoding, ChunkEncoding::kHistogram);
  EXPECT_THAT(frame->series[0].owners, ElementsAre(owner));
  EXPECT_TRUE(frame->series[1].labels.empty());
}

TEST(SeriesFramesTest, WarningsAndHints) {
  EXPECT_EQ(Parse(EncodeWarningFrame("careful")).warning(), "careful");
  const ByteBuffer warning = EncodeWarningFrame("careful");
  EXPECT_EQ(DecodeSeriesFrame(warning, nullptr)->warning, "careful");
  google::protobuf::Any any;
  any.set_type_url("type.googleapis.com/hintspb.SeriesResponseHints");
  const ByteBuffer hints = EncodeHintsFrame(any.SerializeAsString());
  EXPECT_EQ(Parse(hints).hints().type_url(), any.type_url());
  EXPECT_EQ(AsText(DecodeSeriesFrame(hints, nullptr)->hints), any.SerializeAsString());
}

TEST(SeriesFramesTest, BatchesOfSeries) {
  std::vector<ChunkSeries> all;
  for (int i = 0; i < 5; ++i)
    all.push_back({.labels = Labels{{"i", std::to_string(i)}}, .chunks = {Chunk(0, 1, "x")}, .owners = {}});
  std::vector<int> sizes;
  for (const ByteBuffer& frame : Frames(2, all)) sizes.push_back(Parse(frame).batch().series_size());
  EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
}

TEST(SeriesFramesTest, LargeSeriesAreSplit) {
  const std::string large(SeriesFrameWriter::kFrameBytes / 2 - 100, 'x');
  const ChunkSeries series{.labels = Labels{{"a", "1"}}, .chunks = std::vector<ChunkView>(5, Chunk(0, 1, large)), .owners = {}};
  for (const uint32_t batch_size : {0, 64}) {
    std::vector<int> chunks;
    for (const ByteBuffer& frame : Frames(batch_size, {series})) {
      const thanos::SeriesResponse response = Parse(frame);
      for (const thanos::Series& part : response.batch().series()) chunks.push_back(part.chunks_size());
      if (response.has_series()) chunks.push_back(response.series().chunks_size());
    }
    EXPECT_THAT(chunks, ElementsAre(2, 2, 1)) << batch_size;
  }
}

TEST(SeriesFramesTest, NewerEncodingsArePassedOnByThanosWithTheirNumberLessOne) {
  thanos::SeriesResponse response;
  response.mutable_series()->add_chunks()->mutable_raw()->set_type(static_cast<thanos::Chunk::Encoding>(3));
  std::string bytes = response.SerializeAsString();
  EXPECT_EQ(DecodeSeriesFrame(AsBytes(bytes), nullptr)->series[0].chunks[0].encoding, ChunkEncoding::kXor2);
  response.mutable_series()->mutable_chunks(0)->mutable_raw()->set_type(static_cast<thanos::Chunk::Encoding>(6));
  bytes = response.SerializeAsString();
  EXPECT_TRUE(absl::IsDataLoss(DecodeSeriesFrame(AsBytes(bytes), nullptr).status()));
}

TEST(SeriesFramesTest, DamagedFramesAreErrors) {
  const ChunkSeries series{.labels = Labels{{"a", "1"}}, .chunks = {Chunk(0, 1, "data")}, .owners = {}};
  const ByteBuffer frame = Frames(0, {series})[0];
  for (size_t length = 1; length < frame.size(); ++length) {
    EXPECT_FALSE(DecodeSeriesFrame(Bytes(frame).first(length), nullptr).ok()) << length;
  }
}

}  // namespace
}  // namespace varve
