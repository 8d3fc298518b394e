#include "tsdb/tombstones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/byte_writer.h"
#include "base/crc32c.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimestampMs kFirst = kMinTimestamp;
constexpr TimestampMs kLast = kMaxTimestamp;

TEST(TombstonesTest, JoinsIntervalsThatOverlapOrTouch) {
  const struct {
    DeletedIntervals added, expected;
  } kCases[] = {
      {{{1, 2}, {5, 6}}, {{1, 2}, {5, 6}}},
      {{{5, 6}, {1, 2}}, {{1, 2}, {5, 6}}},
      {{{1, 4}, {5, 6}}, {{1, 6}}},
      {{{1, 9}, {3, 4}}, {{1, 9}}},
      {{{3, 4}, {6, 7}, {1, 10}}, {{1, 10}}},
      {{{1, kLast}, {5, 6}}, {{1, kLast}}},
      {{{kFirst, 3}, {4, kLast}}, {{kFirst, kLast}}},
      {{{2, 1}}, {}},
  };
  for (const auto& [added, expected] : kCases) {
    Tombstones tombstones;
    for (const QueryRange& interval : added) tombstones.Add(16, interval);
    EXPECT_EQ(tombstones.Of(16), expected);
    EXPECT_THAT(tombstones.Of(17), IsEmpty());
  }
}

TEST(TombstonesTest, SurvivesTheDisk) {
  const ScratchDirectory scratch;
  EXPECT_TRUE(Tombstones::Read(RealFiles(), scratch.path())->empty()) << "no file, no tombstones";
  Tombstones tombstones;
  tombstones.Add(16, {-5, 10});
  tombstones.Add(16, {20, kLast});
  tombstones.Add(uint64_t{1} << 40, {kFirst, 0});
  ASSERT_TRUE(tombstones.Write(RealFiles(), scratch.path()).ok());
  const Tombstones read = *Tombstones::Read(RealFiles(), scratch.path());
  EXPECT_EQ(read.interval_count(), 3u);
  EXPECT_THAT(read.Of(16), ElementsAre(QueryRange{-5, 10}, QueryRange{20, kLast}));
  EXPECT_THAT(read.Of(uint64_t{1} << 40), ElementsAre(QueryRange{kFirst, 0}));
}

TEST(TombstonesTest, WritesAnEmptyFileAsPrometheusDoes) {
  const ByteBuffer file = Tombstones().Encode();
  EXPECT_EQ(AsText(file), std::string_view("\x01\x30\xba\x30\x01\0\0\0\0", 9));
}

TEST(TombstonesTest, RefusesDamage) {
  Tombstones tombstones;
  tombstones.Add(1000, {-100'000, 100'000});
  const ByteBuffer file = tombstones.Encode();
  ASSERT_TRUE(Tombstones::Parse(file).ok());
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(Tombstones::Parse(Bytes(file).first(size)).status())) << size;
  }
  for (size_t i = 0; i < file.size(); ++i) {
    ByteBuffer flipped = file;
    flipped[i] ^= std::byte{0x40};
    EXPECT_EQ(Tombstones::Parse(flipped).status().code(), i == 4 ? absl::StatusCode::kUnimplemented : absl::StatusCode::kDataLoss)
        << i;
  }
  ByteWriter half;  // a valid checksum over half an entry
  half.U32(0x0130BA30);
  half.U8(1);
  half.Uvarint(7);
  half.Varint(1);
  half.U32(Crc32c(half.bytes().subspan(5)));
  EXPECT_TRUE(absl::IsDataLoss(Tombstones::Parse(half.bytes()).status()));
}

TEST(TombstonesTest, ErasesSamples) {
  const DeletedIntervals deleted = {{10, 20}, {40, kLast}};
  EXPECT_TRUE(CoversAll(deleted, {10, 20}));
  EXPECT_TRUE(CoversAll(deleted, {50, 60}));
  EXPECT_FALSE(CoversAll(deleted, {9, 20}));
  EXPECT_FALSE(CoversAll(deleted, {15, 45}));
  EXPECT_TRUE(CoversSome(deleted, {0, 10}));
  EXPECT_FALSE(CoversSome(deleted, {21, 39}));
  EXPECT_FALSE(CoversSome({}, {0, 100}));

  SeriesSamples samples;
  for (const TimestampMs time : {9, 10, 15, 20, 21, 39, 40, 99}) {
    samples.floats.Append(time, static_cast<double>(time));
    samples.floats.start_times.push_back(time - 1);
    samples.histograms.Append(time, FloatHistogram{.sum = static_cast<double>(time)});
  }
  EraseDeleted(deleted, samples);
  EXPECT_THAT(samples.floats.times, ElementsAre(9, 21, 39));
  EXPECT_THAT(samples.floats.values, ElementsAre(9, 21, 39));
  EXPECT_THAT(samples.floats.start_times, ElementsAre(8, 20, 38));
  EXPECT_THAT(samples.histograms.times, ElementsAre(9, 21, 39));
  EXPECT_EQ(samples.histograms.values.at(1).sum, 21);
}

}  // namespace
}  // namespace varve
