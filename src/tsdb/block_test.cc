// Blocks written and read back: series, labels, chunks, deletions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "chunkenc/xor_encoder.h"
#include "runtime/memory_budget.h"
#include "tsdb/block_reader.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Labels Series(std::string_view name, std::string_view job, std::string_view instance = "") {
  return Labels{{"__name__", name}, {"job", job}, {"instance", instance}};
}

Matcher Re(std::string_view name, std::string_view value) { return *Matcher::Make(Matcher::Type::kRegex, name, value); }
Matcher NotRe(std::string_view name, std::string_view value) { return *Matcher::Make(Matcher::Type::kNotRegex, name, value); }

class BlockTest : public testing::Test {
 protected:
  // Ten samples a series, one a second; a chunk holds four of them.
  BlockTest() {
    builder_.set_samples_per_chunk(4);
    for (const Labels& labels :
         {Series("up", "a", "1"), Series("up", "a", "2"), Series("up", "b", "1"), Series("down", "a"), Series("down", "")}) {
      for (TimestampMs time = 0; time < 10'000; time += 1000) builder_.Add(labels, time, static_cast<double>(time));
    }
  }

  void Open() {
    meta_ = builder_.Write(scratch_.path());
    directory_ = JoinPath(scratch_.path(), meta_.id.ToString());
    Reopen();
  }
  void Reopen() {
    auto block = BlockReader::Open(RealFiles(), directory_);
    ASSERT_TRUE(block.ok()) << block.status();
    block_ = *block;
  }

  std::vector<std::string> Select(const Matchers& matchers, QueryRange range = {}, BlockSelectOptions options = {}) {
    auto set = BlockReader::Select(block_, Context(), range, matchers, options);
    std::vector<std::string> lines;
    while (set->Next()) {
      const ChunkSeries series = std::move(set->At());
      std::string line =
          fmt::format("{}/{}/{}", series.labels.Get("__name__"), series.labels.Get("job"), series.labels.Get("instance"));
      for (const ChunkView& chunk : series.chunks) line += fmt::format(" {}-{}", chunk.min_time, chunk.max_time);
      lines.push_back(line);
    }
    EXPECT_TRUE(set->status().ok()) << set->status();
    return lines;
  }

  const ScratchDirectory scratch_;
  BlockBuilder builder_;
  BlockMeta meta_;
  std::string directory_;
  std::shared_ptr<const BlockReader> block_;
};

TEST_F(BlockTest, TheMetaCountsWhatWasWritten) {
  Open();
  EXPECT_EQ(meta_.range, (BlockRange{0, 9001}));
  EXPECT_EQ(meta_.stats.series, 5u);
  EXPECT_EQ(meta_.stats.chunks, 15u);
  EXPECT_EQ(meta_.stats.samples, 50u);
  EXPECT_EQ(meta_.stats.float_samples, 50u);
  EXPECT_EQ(BlockMetaToJson(block_->meta()), BlockMetaToJson(meta_));
  EXPECT_THAT(*RealFiles().List(scratch_.path()), ElementsAre(meta_.id.ToString())) << "the temporary directory is gone";
  EXPECT_THAT(*RealFiles().List(directory_), ElementsAre("chunks", "index", "meta.json", "tombstones"));
}

TEST_F(BlockTest, SelectsByMatchersInLabelOrder) {
  Open();
  const std::string all = " 0-3000 4000-7000 8000-9000";
  const std::vector<std::string> everything = {"down//" + all, "down/a/" + all, "up/a/1" + all, "up/b/1" + all, "up/a/2" + all};
  EXPECT_THAT(Select({}), testing::ElementsAreArray(everything));
  const struct {
    Matchers matchers;
    std::vector<size_t> expected;
  } kCases[] = {
      {{Matcher::Equal("__name__", "up")}, {2, 3, 4}},
      {{Matcher::Equal("__name__", "up"), Matcher::Equal("job", "a")}, {2, 4}},
      {{Matcher::Equal("__name__", "absent")}, {}},
      {{Matcher::Equal("absent", "x")}, {}},
      {{Matcher::Equal("absent", "")}, {0, 1, 2, 3, 4}},
      {{Matcher::Equal("job", "")}, {0}},
      {{Matcher::NotEqual("job", "")}, {1, 2, 3, 4}},
      {{Matcher::NotEqual("job", "a")}, {0, 3}},
      {{Matcher::NotEqual("job", "a"), Matcher::NotEqual("job", "")}, {3}},
      {{Re("job", "a|b")}, {1, 2, 3, 4}},
      {{Re("job", "a|")}, {0, 1, 2, 4}},
      {{Re("job", ".*")}, {0, 1, 2, 3, 4}},
      {{Re("job", ".+")}, {1, 2, 3, 4}},
      {{NotRe("job", ".+")}, {0}},
      {{NotRe("job", ".*")}, {}},
      {{NotRe("job", "a|b")}, {0}},
      {{NotRe("job", "a|")}, {3}},
      {{Re("__name__", "u.*"), NotRe("instance", "[0-1]")}, {4}},
      {{Re("__name__", "[du].*"), Matcher::Equal("instance", "")}, {0, 1}},
      {{Re("__name__", "x.*")}, {}},
  };
  for (const auto& [matchers, expected] : kCases) {
    std::vector<std::string> lines;
    for (const size_t i : expected) lines.push_back(everything[i]);
    EXPECT_EQ(Select(matchers), lines) << ToString(matchers);
  }
}

TEST_F(BlockTest, YieldsChunksThatOverlapTheRange) {
  Open();
  const Matchers one = {Matcher::Equal("instance", "2")};
  EXPECT_THAT(Select(one, {3000, 4000}), ElementsAre("up/a/2 0-3000 4000-7000"));
  EXPECT_THAT(Select(one, {3001, 3999}), IsEmpty());
  EXPECT_THAT(Select(one, {9000, 90000}), ElementsAre("up/a/2 8000-9000"));
  EXPECT_THAT(Select(one, {9001, 90000}), IsEmpty());
  EXPECT_THAT(Select(one, {0, 0}), ElementsAre("up/a/2 0-3000"));
}

TEST_F(BlockTest, ObeysOptions) {
  Open();
  EXPECT_THAT(Select({Matcher::Equal("job", "a")}, {}, {.labels_only = true}), ElementsAre("down/a/", "up/a/1", "up/a/2"));
  EXPECT_THAT(Select({}, {3001, 3999}, {.labels_only = true}), IsEmpty());
  EXPECT_THAT(Select({}, {}, {.labels_only = true, .limit = 2}), ElementsAre("down//", "down/a/"));
}

TEST_F(BlockTest, ChunksDecodeAndOutliveTheSetAndTheFiles) {
  Open();
  ChunkSeries series;
  {
    auto set = BlockReader::Select(std::move(block_), Context(), {}, {Matcher::Equal("instance", "2")});
    ASSERT_TRUE(set->Next());
    series = std::move(set->At());
  }
  ASSERT_TRUE(RealFiles().RemoveTree(directory_).ok());
  SeriesSamples samples;
  for (const ChunkView& chunk : series.chunks) ASSERT_TRUE(DecodeChunk(chunk.encoding, chunk.data, samples).ok());
  EXPECT_EQ(samples.floats.times, (std::vector<TimestampMs>{0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000}));
}

TEST_F(BlockTest, AnswersLabels) {
  Open();
  const auto names = [&](const Matchers& matchers, uint64_t limit = 0) {
    return *block_->LabelNames(Context(), matchers, limit);
  };
  const auto values = [&](std::string_view name, const Matchers& matchers, uint64_t limit = 0) {
    return *block_->LabelValues(Context(), name, matchers, limit);
  };
  EXPECT_THAT(names({}), ElementsAre("__name__", "instance", "job"));
  EXPECT_THAT(names({Matcher::Equal("__name__", "down")}), ElementsAre("__name__", "job"));
  EXPECT_THAT(names({}, 2), ElementsAre("__name__", "instance"));
  EXPECT_THAT(values("instance", {}), ElementsAre("1", "2"));
  EXPECT_THAT(values("instance", {Matcher::Equal("job", "b")}), ElementsAre("1"));
  EXPECT_THAT(values("instance", {Matcher::NotEqual("instance", "1")}), ElementsAre("2"));
  EXPECT_THAT(values("instance", {Matcher::Equal("instance", "2"), Matcher::Equal("job", "b")}), IsEmpty());
  EXPECT_THAT(values("instance", {}, 1), ElementsAre("1"));
  EXPECT_THAT(values("absent", {}), IsEmpty());
  EXPECT_THAT(values("", {}), IsEmpty());
}

TEST_F(BlockTest, CutsDeletedSamplesOut) {
  Open();
  Tombstones tombstones;
  const Postings refs = *block_->index().Select(Context(), {Matcher::Equal("__name__", "up")});
  tombstones.Add(refs[0], {0, 3000});     // a whole chunk
  tombstones.Add(refs[0], {5000, 6000});  // the middle of one
  tombstones.Add(refs[1], {0, 100'000});  // everything
  tombstones.Add(refs[2], {500, 999});    // between samples
  ASSERT_TRUE(tombstones.Write(RealFiles(), directory_).ok());
  Reopen();
  EXPECT_THAT(Select({Matcher::Equal("__name__", "up")}),
              ElementsAre("up/a/1 4000-7000 8000-9000", "up/a/2 0-3000 4000-7000 8000-9000"));
  auto set = BlockReader::Select(block_, Context(), {}, {Matcher::Equal("__name__", "up")});
  ASSERT_TRUE(set->Next());
  SeriesSamples samples;
  for (const ChunkView& chunk : set->At().chunks) ASSERT_TRUE(DecodeChunk(chunk.encoding, chunk.data, samples).ok());
  EXPECT_THAT(samples.floats.times, ElementsAre(4000, 7000, 8000, 9000));
  EXPECT_THAT(samples.floats.values, ElementsAre(4000, 7000, 8000, 9000));
}

TEST_F(BlockTest, YieldsTheAggregatesOfADownsampledChunk) {
  XorEncoder count, sum;
  count.Append(10, 1);
  sum.Append(10, 2.5);
  const ByteBuffer count_bytes = count.Release();
  const ByteBuffer sum_bytes = sum.Release();
  const ByteBuffer data = EncodeAggrChunk({.count = {ChunkEncoding::kXor, count_bytes}, .sum = {ChunkEncoding::kXor, sum_bytes}});
  builder_.Add(Labels{{"__name__", "aggregated"}}, OwnedChunk{10, 10, ChunkEncoding::kAggr, data});
  Open();
  auto set = BlockReader::Select(block_, Context(), {}, {Matcher::Equal("__name__", "aggregated")});
  ASSERT_TRUE(set->Next());
  ASSERT_EQ(set->At().chunks.size(), 2u);
  EXPECT_EQ(set->At().chunks[0].aggregate, Aggregate::kCount);
  EXPECT_EQ(set->At().chunks[1].aggregate, Aggregate::kSum);
  EXPECT_EQ(set->At().chunks[1].min_time, 10);
  EXPECT_TRUE(std::ranges::equal(set->At().chunks[1].data, Bytes(sum_bytes)));
}

TEST_F(BlockTest, RollsSegmentsOver) {
  meta_ = builder_.Write(scratch_.path(), {.segment_bytes = 100});
  directory_ = JoinPath(scratch_.path(), meta_.id.ToString());
  Reopen();
  EXPECT_GT(block_->chunks().segment_count(), 3u);
  EXPECT_EQ(Select({}).size(), 5u);
}

TEST_F(BlockTest, ManySymbolsAndValuesAreFound) {
  BlockBuilder builder;
  for (int i = 0; i < 2000; ++i)
    builder.Add(Labels{{"a", fmt::format("{:04}", i * 3)}, {"b", i % 2 == 0 ? "even" : "odd"}}, 0, i);
  const BlockMeta meta = builder.Write(scratch_.path());
  block_ = *BlockReader::Open(RealFiles(), JoinPath(scratch_.path(), meta.id.ToString()));
  const IndexReader& index = block_->index();
  for (int i = 0; i < 6000; ++i) {
    const std::string value = fmt::format("{:04}", i);
    EXPECT_EQ(index.symbols().Find(value).has_value(), i % 3 == 0) << value;
    const auto range = index.postings_offsets().Find("a", value);
    ASSERT_EQ(range.has_value(), i % 3 == 0) << value;
    EXPECT_TRUE(!range || index.ReadPostings(*range)->size() == 1) << value;
  }
  EXPECT_EQ(index.postings_offsets().ValueCount("a"), 2000u);
  EXPECT_EQ(index.Select(Context(), {Re("a", "0[0-4].*"), Matcher::Equal("b", "odd")})->size(), 83u);
  EXPECT_EQ(block_->LabelValues(Context(), "a", {Matcher::Equal("b", "odd")})->size(), 1000u);
  uint32_t last = 0;
  index.symbols().ForEach([&](std::string_view symbol) { EXPECT_EQ(index.symbols().Find(symbol), last++); });
  EXPECT_EQ(last, index.symbols().size());
}

TEST_F(BlockTest, RangesOfListsFollowEachOther) {
  Open();
  const PostingsOffsetTable& table = block_->index().postings_offsets();
  uint64_t last_end = table.AllSeries()->end;
  for (const std::string_view name : table.LabelNames()) {
    table.ForEachValue(name, "", [&](const PostingsOffsetTable::Entry& entry) {
      EXPECT_EQ(entry.postings.begin, last_end);
      EXPECT_EQ(table.Find(name, entry.value), entry.postings);
      last_end = entry.postings.end;
      return true;
    });
  }
  EXPECT_EQ(last_end, block_->index().toc().postings_offset_table);
}

TEST_F(BlockTest, EndsWithItsContext) {
  Open();
  std::stop_source stop;
  stop.request_stop();
  auto set = BlockReader::Select(block_, Context().WithStop(stop.get_token()), {}, {});
  EXPECT_FALSE(set->Next());
  EXPECT_TRUE(absl::IsCancelled(set->status()));
  MemoryBudget tiny("query", 8);
  auto refused = BlockReader::Select(block_, Context().WithMemory(&tiny), {}, {});
  EXPECT_FALSE(refused->Next());
  EXPECT_TRUE(absl::IsResourceExhausted(refused->status()));
  EXPECT_EQ(tiny.used(), 0);
}

TEST_F(BlockTest, TheWriterRefusesDisorder) {
  auto writer = *BlockWriter::Create(RealFiles(), scratch_.path(), {.id = Ulid::New()});
  const Labels b{{"a", "b"}};
  EXPECT_TRUE(writer->AddSeries(b, {}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(writer->AddSeries(b, {})));
  EXPECT_TRUE(absl::IsInvalidArgument(writer->AddSeries(Labels{{"a", "a"}}, {})));
  const std::vector<OwnedChunk> chunks = *EncodeSamples({.floats = {.times = {1, 2}, .values = {1, 2}}});
  const ChunkView view = chunks.front().view();
  EXPECT_TRUE(absl::IsInvalidArgument(writer->AddSeries(Labels{{"a", "c"}}, std::vector{view, view})));
  ChunkView aggregate = view;
  aggregate.aggregate = Aggregate::kSum;
  EXPECT_TRUE(absl::IsInvalidArgument(writer->AddSeries(Labels{{"a", "d"}}, std::vector{aggregate})));
  writer.reset();
  EXPECT_THAT(*RealFiles().List(scratch_.path()), IsEmpty()) << "an unfinished writer leaves nothing behind";
}

TEST_F(BlockTest, AnEmptyBlockIsABlock) {
  BlockBuilder builder;
  const BlockMeta meta = builder.Write(scratch_.path());
  block_ = *BlockReader::Open(RealFiles(), JoinPath(scratch_.path(), meta.id.ToString()));
  EXPECT_THAT(Select({}), IsEmpty());
  EXPECT_THAT(*block_->LabelNames(Context(), {}), IsEmpty());
}

}  // namespace
}  // namespace varve
