#include "tsdb/merge_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "storage/chunk_series_source.h"
#include "storage/dedup.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/local_merge.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr TimestampMs kHour = 3'600'000;

using Content = std::map<Labels, SeriesSamples>;

// What queries see of some blocks.
Content ContentOf(const std::vector<std::shared_ptr<const BlockReader>>& blocks) {
  std::vector<std::unique_ptr<ChunkSeriesSet>> sets;
  for (const auto& block : blocks) sets.push_back(BlockReader::Select(block, Context(), {}, {}));
  const auto set = MergeChunkSeriesSets(std::move(sets));
  Content content;
  while (set->Next()) {
    EXPECT_TRUE(ReadChunks(Context(), set->At().chunks, {}, content[set->At().labels]).ok());
  }
  EXPECT_TRUE(set->status().ok()) << set->status();
  return content;
}

void ExpectSame(const Content& a, const Content& b) {
  ASSERT_EQ(a.size(), b.size());
  for (auto at = a.begin(), bt = b.begin(); at != a.end(); ++at, ++bt) {
    ASSERT_EQ(at->first, bt->first);
    ASSERT_EQ(at->second.floats.times, bt->second.floats.times) << at->first.ToString();
    ASSERT_EQ(at->second.histograms.times, bt->second.histograms.times) << at->first.ToString();
    for (size_t i = 0; i < at->second.floats.size(); ++i) {
      ASSERT_EQ(std::bit_cast<uint64_t>(at->second.floats.values[i]), std::bit_cast<uint64_t>(bt->second.floats.values[i]));
    }
    for (size_t i = 0; i < at->second.histograms.size(); ++i) {
      ASSERT_EQ(at->second.histograms.values[i].sum, bt->second.histograms.values[i].sum);
      ASSERT_EQ(at->second.histograms.values[i].positive, bt->second.histograms.values[i].positive);
    }
  }
}

class MergeBlocksTest : public testing::Test {
 protected:
  Ulid Write(const BlockBuilder& builder, BlockWriterOptions options = {}) {
    const Ulid id = builder.Write(scratch_.path(), std::move(options)).id;
    merge_.Add(id);
    return id;
  }
  // Merges, and answers what is in the result.
  Content Merged(OverlapPolicy policy) {
    const absl::Status status = merge_.Run(policy, report_);
    EXPECT_TRUE(status.ok()) << status;
    if (!report_.meta) return {};
    auto block = BlockReader::Open(RealFiles(), JoinPath(scratch_.path(), report_.meta->id.ToString()));
    EXPECT_TRUE(block.ok()) << block.status();
    return ContentOf({*block});
  }

  const ScratchDirectory scratch_;
  LocalMerge merge_{scratch_.path()};
  MergeReport report_;
};

TEST_F(MergeBlocksTest, CopiesChunksOfBlocksThatFollowEachOther) {
  for (int block = 0; block < 3; ++block) {
    BlockBuilder builder;
    for (int series = block; series < 5 + block; ++series) {  // some come, some go
      const Labels labels{{"__name__", "up"}, {"pod", fmt::format("p{}", series)}, {fmt::format("only_{}", block), "x"}};
      for (int i = 0; i < 300; ++i) builder.Add(labels, block * 2 * kHour + i * 15'000, i);
      for (int i = 0; i < 300; ++i) builder.Add(Labels{{"pod", fmt::format("p{}", series)}}, block * 2 * kHour + i * 15'000, i);
    }
    Write(builder);
  }
  ExpectSame(Merged(OverlapPolicy::kStrict), ContentOf(merge_.blocks()));
  EXPECT_EQ(report_.join.chunks_copied, 90u);
  EXPECT_EQ(report_.join.chunks_decoded, 0u);
  EXPECT_EQ(report_.samples_read, 9000u);
  EXPECT_EQ(report_.meta->stats.samples, 9000u);
  EXPECT_EQ(report_.meta->stats.series, 15u + 7u);
}

TEST_F(MergeBlocksTest, DropsCopiesAndSubsets) {
  BlockBuilder whole, half;
  for (int i = 0; i < 480; ++i) {
    whole.Add(Labels{{"a", "1"}}, i * 1000, i);
    if (i >= 240) half.Add(Labels{{"a", "1"}}, i * 1000, i);  // two chunks, the same bytes
    if (i % 120 < 60) half.Add(Labels{{"a", "2"}}, i * 1000, 1);
    whole.Add(Labels{{"a", "2"}}, i * 1000, 1);
  }
  Write(whole);
  Write(half);
  ExpectSame(Merged(OverlapPolicy::kStrict), ContentOf({merge_.blocks()[0]}));
  EXPECT_EQ(report_.join.chunks_dropped, 2u);
  EXPECT_EQ(report_.join.samples_dropped, 240u);
}

TEST_F(MergeBlocksTest, StrictRefusesContradictionsAndInterleaving) {
  for (const TimestampMs shift : {0, 500}) {
    LocalMerge merge(scratch_.path());
    for (int block = 0; block < 2; ++block) {
      BlockBuilder builder;
      for (int i = 0; i < 10; ++i) builder.Add(Labels{{"a", "1"}}, i * 1000 + block * shift, i + (shift == 0 ? block : 0));
      merge.Add(builder.Write(scratch_.path()).id);
    }
    const absl::Status status = merge.Run(OverlapPolicy::kStrict, report_);
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(shift == 0 ? "differ" : "interleave"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("{a=\"1\"}"));
    EXPECT_FALSE(report_.failed_input.has_value());
  }
  EXPECT_THAT(*RealFiles().List(scratch_.path()), SizeIs(4)) << "a merge that fails leaves nothing behind";
}

TEST_F(MergeBlocksTest, PenaltyTakesOneReplicaAtATime) {
  std::vector<SeriesSamples> replicas(2);
  for (uint32_t replica = 0; replica < 2; ++replica) {
    BlockBuilder builder;
    for (int i = 0; i < 400; ++i) {
      if (replica == 0 && i > 100 && i < 200) continue;  // it was down
      const TimestampMs time = i * 15'000 + replica * 3'000;
      builder.Add(Labels{{"a", "1"}}, time, i * 10 + replica);
      replicas[replica].floats.Append(time, i * 10 + replica);
    }
    merge_.Add(builder.Write(scratch_.path()).id, replica);
  }
  const Content merged = Merged(OverlapPolicy::kPenalty);
  const SeriesSamples expected = Deduplicate(DedupAlgorithm::kPenalty, std::move(replicas), false);
  ASSERT_THAT(merged, SizeIs(1));
  EXPECT_EQ(merged.begin()->second.floats.times, expected.floats.times);
  EXPECT_EQ(merged.begin()->second.floats.values, expected.floats.values);
  EXPECT_LT(expected.size(), 410u);
}

TEST_F(MergeBlocksTest, AppliesTombstones) {
  BlockBuilder builder;
  for (int i = 0; i < 360; ++i) {
    builder.Add(Labels{{"a", "gone"}}, i * 1000, i);
    builder.Add(Labels{{"a", "some"}}, i * 1000, i);
  }
  const Ulid id = builder.Write(scratch_.path()).id;
  const std::string directory = JoinPath(scratch_.path(), id.ToString());
  auto block = *BlockReader::Open(RealFiles(), directory);
  const PostingsView refs = *block->index().ReadPostings(*block->index().postings_offsets().AllSeries());
  Tombstones tombstones;
  tombstones.Add(refs[0], {0, 1'000'000});
  tombstones.Add(refs[1], {60'000, 250'000});
  ASSERT_TRUE(tombstones.Write(RealFiles(), directory).ok());
  merge_.Add(id);
  ExpectSame(Merged(OverlapPolicy::kStrict), ContentOf(merge_.blocks()));
  EXPECT_EQ(report_.meta->stats.series, 1u);
  EXPECT_EQ(report_.samples_deleted, 360u + 191u);
  EXPECT_EQ(report_.meta->stats.samples, 169u);
}

TEST_F(MergeBlocksTest, WritesNothingWhenNothingIsLeft) {
  BlockBuilder builder;
  builder.Add(Labels{{"a", "gone"}}, 1000, 1);
  const Ulid id = builder.Write(scratch_.path()).id;
  auto block = *BlockReader::Open(RealFiles(), JoinPath(scratch_.path(), id.ToString()));
  Tombstones tombstones;
  tombstones.Add((*block->index().ReadPostings(*block->index().postings_offsets().AllSeries()))[0], {0, 5000});
  ASSERT_TRUE(tombstones.Write(RealFiles(), block->directory()).ok());
  merge_.Add(id);
  EXPECT_THAT(Merged(OverlapPolicy::kStrict), SizeIs(0));
  EXPECT_FALSE(report_.meta.has_value());
}

TEST_F(MergeBlocksTest, DownsampledChunksArePassedOnWholeAndNeverMixed) {
  const auto aggregates = [](TimestampMs begin) {
    SeriesSamples samples;
    for (int i = 0; i < 10; ++i) samples.floats.Append(begin + i * 300'000, i);
    const OwnedChunk inner = EncodeSamples(samples)->front();
    const AggrChunkParts::Part part{inner.encoding, inner.data};
    return OwnedChunk{.min_time = inner.min_time,
                      .max_time = inner.max_time,
                      .encoding = ChunkEncoding::kAggr,
                      .data = EncodeAggrChunk({part, part, part, part, part})};
  };
  BlockBuilder first, second, across;
  first.Add(Labels{{"a", "1"}}, aggregates(0));
  second.Add(Labels{{"a", "1"}}, aggregates(kHour));
  across.Add(Labels{{"a", "1"}}, aggregates(kHour / 2));
  Write(first);
  Write(second);
  ASSERT_TRUE(merge_.Run(OverlapPolicy::kStrict, report_).ok());
  EXPECT_EQ(report_.join.chunks_copied, 2u);
  EXPECT_EQ(report_.meta->stats.samples, 20u);
  Write(across);
  EXPECT_TRUE(absl::IsFailedPrecondition(merge_.Run(OverlapPolicy::kUnion, report_)));
}

TEST_F(MergeBlocksTest, NamesTheDamagedInput) {
  for (int block = 0; block < 3; ++block) {
    BlockBuilder builder;
    for (int i = 0; i < 1000; ++i) builder.Add(Labels{{"a", "1"}}, block * kHour + i * 1000, i * 1.37);
    const Ulid id = builder.Write(scratch_.path()).id;
    if (block == 1) {
      const std::string path = JoinPath(scratch_.path(), id.ToString() + "/chunks/000001");
      std::string bytes = *RealFiles().ReadAll(path);
      bytes[bytes.size() / 2] ^= 1;
      ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes(bytes)).ok());
    }
    merge_.Add(id);
  }
  const absl::Status status = merge_.Run(OverlapPolicy::kStrict, report_);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_EQ(report_.failed_input, 1u);
}

TEST_F(MergeBlocksTest, AChunkOutsideOfItsBlockIsDamage) {
  BlockBuilder builder;
  for (int i = 0; i < 10; ++i) builder.Add(Labels{{"a", "1"}}, i * 1000, i);
  Write(builder, {.range = BlockRange{0, 5000}});
  EXPECT_TRUE(absl::IsDataLoss(merge_.Run(OverlapPolicy::kStrict, report_)));
}

// Random blocks with everything at once: the result answers as the inputs together do.
TEST_F(MergeBlocksTest, AnswersAsItsInputsDid) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    LocalMerge merge(scratch_.path());
    for (int block = 0; block < 4; ++block) {
      BlockBuilder builder;
      builder.set_samples_per_chunk(1 + random() % 50);
      const TimestampMs begin = static_cast<TimestampMs>(random() % 3) * 100'000;
      for (int series = 0; series < 8; ++series) {
        if (random() % 3 == 0) continue;
        const Labels labels{{"s", fmt::format("{}", series)}};
        TimestampMs time = begin;
        for (int i = 0; i < 60; ++i) {
          time += 1000 * static_cast<TimestampMs>(1 + random() % 3);
          if (series % 4 == 3) {
            FloatHistogram histogram;
            histogram.positive_spans = {{0, 2}};
            histogram.positive = {double(random() % 5), double(i)};
            histogram.count = histogram.positive[0] + histogram.positive[1];
            histogram.sum = i;
            builder.Add(labels, time, histogram);
          } else {
            builder.Add(labels, time, random() % 7 == 0 ? StaleNan() : static_cast<double>(random() % 100));
          }
        }
      }
      merge.Add(builder.Write(scratch_.path()).id);
    }
    MergeReport report;
    ASSERT_TRUE(merge.Run(OverlapPolicy::kUnion, report).ok());
    auto merged = *BlockReader::Open(RealFiles(), JoinPath(scratch_.path(), report.meta->id.ToString()));
    ExpectSame(ContentOf({merged}), ContentOf(merge.blocks()));
  }
}

}  // namespace
}  // namespace varve
