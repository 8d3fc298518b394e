#include "blocks/bucket_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "blocks/index_cache.h"
#include "blocks/testing/bucket_with_block.h"
#include "objstore/cache/memory_cache.h"
#include "runtime/memory_budget.h"
#include "tsdb/block_reader.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr TimestampMs kStep = 15'000;

// What was put into the block, to compare with.
struct Truth {
  Truth() {
    builder.set_samples_per_chunk(10);
    std::mt19937 random(1);
    for (int i = 0; i < 60; ++i) {
      LabelsBuilder labels;
      labels.Set("__name__", i % 3 == 0 ? "http_requests_total" : "up");
      labels.Set("instance", fmt::format("host-{:02}", i));
      if (i % 4 == 0) labels.Set("zone", i % 8 == 0 ? "eu" : "us");
      const Labels built = labels.Build();
      const int samples = 5 + static_cast<int>(random() % 60);
      for (int s = 0; s < samples; ++s) {
        const double value = static_cast<double>(random() % 1000) / 7;
        builder.Add(built, s * kStep, value);
        series[built].Append(s * kStep, value);
      }
    }
  }
  BlockBuilder builder;
  std::map<Labels, FloatColumns> series;
};

const Truth& TheTruth() {
  static const Truth truth;
  return truth;
}

using Samples = std::map<Labels, std::vector<std::pair<TimestampMs, double>>>;

absl::StatusOr<Samples> Read(ChunkSeriesSet& set, QueryRange range) {
  Samples out;
  Labels last;
  while (set.Next()) {
    const ChunkSeries& series = set.At();
    EXPECT_TRUE(out.empty() || last < series.labels) << series.labels.ToString();
    last = series.labels;
    SeriesSamples samples;
    for (const ChunkView& chunk : series.chunks) {
      EXPECT_TRUE(Overlaps(QueryRange{chunk.min_time, chunk.max_time}, range));
      EXPECT_TRUE(DecodeChunk(chunk.encoding, chunk.data, samples).ok());
    }
    auto& pairs = out[series.labels];
    for (size_t i = 0; i < samples.floats.size(); ++i) {
      const TimestampMs time = samples.floats.times[i];
      if (time >= range.min && time <= range.max_inclusive) pairs.emplace_back(time, samples.floats.values[i]);
    }
  }
  if (!set.status().ok()) return set.status();
  return out;
}

Samples Expected(const Matchers& matchers, QueryRange range) {
  Samples out;
  for (const auto& [labels, columns] : TheTruth().series) {
    if (!MatchesAll(matchers, labels)) continue;
    std::vector<std::pair<TimestampMs, double>> pairs;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns.times[i] >= range.min && columns.times[i] <= range.max_inclusive)
        pairs.emplace_back(columns.times[i], columns.values[i]);
    }
    if (!pairs.empty()) out[labels] = pairs;
  }
  return out;
}

Matcher Regex(std::string_view name, std::string_view value, Matcher::Type type = Matcher::Type::kRegex) {
  return *Matcher::Make(type, name, value);
}

std::vector<Matchers> SomeMatchers() {
  return {{},
          {Matcher::Equal("__name__", "up")},
          {Matcher::Equal("__name__", "up"), Matcher::Equal("instance", "host-07")},
          {Regex("instance", "host-1.*")},
          {Regex("instance", "host-0[1-5]|host-20"), Matcher::NotEqual("__name__", "up")},
          {Matcher::Equal("zone", "")},
          {Matcher::NotEqual("zone", "")},
          {Regex("zone", "eu|us"), Regex("instance", ".*[02468]", Matcher::Type::kNotRegex)},
          {Regex("zone", "us", Matcher::Type::kNotRegex)},
          {Matcher::Equal("absent", "x")}};
}

// Ranges that begin and end on chunk borders, since a chunk partly inside brings all of its samples.
std::vector<QueryRange> SomeRanges() {
  return {{}, {.min = 0, .max_inclusive = 9 * kStep}, {.min = 20 * kStep, .max_inclusive = 39 * kStep}, {.min = 100 * kStep}};
}

class BucketBlockTest : public testing::Test {
 protected:
  absl::StatusOr<Samples> Select(const BucketBlock& block, BucketSelect request, const Context& ctx = Context()) {
    const QueryRange range = request.range;
    auto set = block.Select(ctx, std::move(request), &stats_);
    if (!set.ok()) return set.status();
    return Read(**set, range);
  }
  std::vector<Labels> LabelsOf(const BucketBlock& block, BucketSelect request) {
    std::vector<Labels> labels;
    auto set = *block.Select(Context(), std::move(request));
    while (set->Next()) labels.push_back(set->At().labels);
    EXPECT_TRUE(set->status().ok()) << set->status();
    return labels;
  }

  IndexCache NewIndexCache() {
    return IndexCache(std::make_unique<MemoryCache>(MemoryCacheOptions(), MemoryCacheMetrics(world_.registry, "cache_")), {},
                      world_.registry);
  }

  BucketWithBlock world_{TheTruth().builder};
  FetchStats stats_;
};

TEST_F(BucketBlockTest, AnswersAsTheSamplesSay) {
  const BucketBlockLimits plain;
  const BucketBlockLimits tiny = {.series_batch = 3, .series_bytes = 1, .chunk_bytes = 1, .window_bytes = 5};
  const BucketBlockLimits small = {.series_batch = 7, .series_bytes = 40, .chunk_bytes = 30, .window_bytes = 400};
  for (const BucketBlockLimits& limits : {plain, tiny, small}) {
    const auto block = world_.NewBlock(limits);
    for (const Matchers& matchers : SomeMatchers()) {
      for (const QueryRange& range : SomeRanges()) {
        const auto got = Select(*block, {.range = range, .matchers = matchers});
        ASSERT_TRUE(got.ok()) << got.status();
        EXPECT_EQ(*got, Expected(matchers, range)) << ToString(matchers);
      }
    }
  }
  EXPECT_GT(stats_.requests, 0u);
  EXPECT_GE(stats_.bytes, stats_.bytes_wanted / 2);
}

TEST_F(BucketBlockTest, NeedsFewRequests) {
  const auto block = world_.NewBlock();
  ASSERT_TRUE(block->index_header().Get(Context()).ok());
  world_.bucket.Set({});
  ASSERT_TRUE(Select(*block, {.matchers = {Matcher::Equal("__name__", "up"), Matcher::Equal("instance", "host-07")}}).ok());
  EXPECT_LE(world_.bucket.operations(), 4);  // two postings lists, a series, its chunks
}

TEST_F(BucketBlockTest, AColdQueryTakesThreeRoundTripsAndAWarmOneOnlyChunks) {
  IndexCache cache = NewIndexCache();
  world_.environment.source.index_cache = &cache;
  for (const Matchers& matchers : SomeMatchers()) {
    const auto block = world_.NewBlock();
    ASSERT_TRUE(block->index_header().Get(Context()).ok());
    FetchStats cold;
    auto set = *block->Select(Context(), {.matchers = matchers}, &cold);
    ASSERT_EQ(*Read(*set, {}), Expected(matchers, {})) << ToString(matchers);
    EXPECT_LE(cold.round_trips, 3u) << ToString(matchers);

    FetchStats warm;
    set = *block->Select(Context(), {.matchers = matchers}, &warm);
    ASSERT_EQ(*Read(*set, {}), Expected(matchers, {})) << ToString(matchers);
    EXPECT_LE(warm.round_trips, 1u) << ToString(matchers);
    set = *block->Select(Context(), {.matchers = matchers, .labels_only = true}, &warm);
    world_.bucket.Set({});
    while (set->Next()) {
    }
    EXPECT_EQ(world_.bucket.operations(), 0);
  }
}

TEST_F(BucketBlockTest, LeavingMatchersToTheLabelsChangesNoAnswer) {
  const auto small_entries_matter = BucketBlockLimits{.lazy_postings = {.keys_per_series_max = 0.001}};
  const auto block = world_.NewBlock(small_entries_matter);
  for (const bool with_cache : {false, true}) {
    IndexCache cache = NewIndexCache();
    if (with_cache) world_.environment.source.index_cache = &cache;
    for (int round = 0; round < 2; ++round) {
      for (const Matchers& matchers : SomeMatchers()) {
        const auto got = Select(*block, {.matchers = matchers});
        ASSERT_TRUE(got.ok()) << got.status();
        EXPECT_EQ(*got, Expected(matchers, {})) << ToString(matchers);
      }
    }
    world_.environment.source.index_cache = nullptr;
  }
  const auto header = *block->index_header().Get(Context());
  const Matchers two = {Matcher::Equal("instance", "host-07"), Regex("__name__", "u.*|h.*_total")};
  const auto lazy =
      *FetchPostings(Context(), world_.environment.source, block->id(), *header, two, {.keys_per_series_max = 0.5}, nullptr);
  EXPECT_THAT(lazy.left, ElementsAre(two[1]));
  const auto eager = *FetchPostings(Context(), world_.environment.source, block->id(), *header, two, {.enabled = false}, nullptr);
  EXPECT_THAT(eager.left, IsEmpty());
  EXPECT_EQ(lazy.refs, eager.refs);
}

TEST_F(BucketBlockTest, LabelValuesComeFromPostingsWhereThatIsLess) {
  const auto block = world_.NewBlock();
  ASSERT_TRUE(block->index_header().Get(Context()).ok());
  const Matchers up = {Matcher::Equal("__name__", "up")};  // 40 series
  EXPECT_THAT(*block->LabelValues(Context(), "zone", {}, up, &stats_), ElementsAre("eu", "us"));
  EXPECT_EQ(stats_.round_trips, 2u);
  EXPECT_THAT(*block->LabelValues(Context(), "instance", {}, {Matcher::Equal("instance", "host-07")}), ElementsAre("host-07"));
}

TEST_F(BucketBlockTest, AnIndexCacheThatLiesIsNotBelieved) {
  class Liar : public ByteCache {
   public:
    explicit Liar(std::string value) : value_(std::move(value)) {}
    std::vector<Blob> Get(const Context&, std::span<const std::string> keys) override {
      return std::vector<Blob>(keys.size(), Blob::Copy(value_));
    }
    void Put(const std::string&, const Blob&, std::chrono::milliseconds) override {}

   private:
    const std::string value_;
  };
  const auto block = world_.NewBlock();
  for (const std::string& lie : {std::string("x"), std::string(100, '\0'), std::string("\1\1", 2), std::string(1000, '\xff')}) {
    IndexCache cache(std::make_unique<Liar>(lie), {}, world_.registry);
    world_.environment.source.index_cache = &cache;
    for (const Matchers& matchers : SomeMatchers()) EXPECT_EQ(*Select(*block, {.matchers = matchers}), Expected(matchers, {}));
    world_.environment.source.index_cache = nullptr;
  }
}

TEST_F(BucketBlockTest, SmallerWindowsWhereMemoryIsShort) {
  const auto block = world_.NewBlock();
  for (const int64_t limit : {400'000, 100'000}) {
    MemoryBudget store("store", limit);
    world_.environment.source.memory = &store;
    EXPECT_EQ(*Select(*block, {}), Expected({}, {})) << limit;
    EXPECT_EQ(store.used(), 0);
    EXPECT_LE(store.peak(), limit);
  }
  MemoryBudget tiny("store", 3000);
  world_.environment.source.memory = &tiny;
  EXPECT_TRUE(absl::IsResourceExhausted(Select(*block, {}).status()));
  EXPECT_EQ(tiny.used(), 0);
}

TEST_F(BucketBlockTest, AWindowCountsTheGapsThatAreReadAlong) {
  BlockBuilder builder;
  for (int s = 0; s < 100; ++s) {
    for (int t = 0; t < 6000; ++t) builder.Add(Labels{{"s", fmt::format("{:03}", s)}}, t, t % 7 * s);
  }
  BucketWithBlock world(builder);
  MemoryBudget store("store", 0);
  world.environment.source.memory = &store;
  const auto block = world.NewBlock({.window_bytes = 8 << 10});
  EXPECT_EQ(LabelsOf(*block, {.range = {.min = 3000, .max_inclusive = 3010}}).size(), 100u);
  EXPECT_LT(store.peak(), 100 << 10);  // of a quarter of a megabyte between the first and the last chunk
}

TEST_F(BucketBlockTest, WhatIsDeletedIsNotAnswered) {
  BlockBuilder builder;
  builder.set_samples_per_chunk(10);
  for (const char* name : {"cut", "gone", "whole"}) {
    for (int i = 0; i < 40; ++i) builder.Add(Labels{{"s", name}}, i * kStep, i);
  }
  BucketWithBlock world(builder);
  const Ulid id = world.meta.id;
  const auto reader = *BlockReader::Open(RealFiles(), world.scratch.path() + "/local/" + id.ToString());
  Tombstones tombstones;
  const auto ref = [&](const char* name) { return (*reader->index().Select(Context(), {Matcher::Equal("s", name)}))[0]; };
  tombstones.Add(ref("cut"), {5 * kStep, 24 * kStep});  // half a chunk, a chunk, half a chunk
  tombstones.Add(ref("gone"), {0, 100 * kStep});
  world.meta.stats.tombstones = 2;
  EXPECT_EQ(Select(*world.NewBlock(), {})->size(), 3u) << "the file was left behind";
  const ByteBuffer file = tombstones.Encode();
  world.Replace("tombstones", AsText(file));

  const auto got = Select(*world.NewBlock({.series_batch = 1}), {});
  ASSERT_TRUE(got.ok()) << got.status();
  ASSERT_EQ(got->size(), 2u);
  std::vector<TimestampMs> times;
  for (const auto& [time, value] : got->at(Labels{{"s", "cut"}})) times.push_back(time / kStep);
  EXPECT_THAT(times, ElementsAre(0, 1, 2, 3, 4, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39));
  EXPECT_EQ(LabelsOf(*world.NewBlock(), {.labels_only = true}).size(), 2u);
  world.Replace("tombstones", "damage");
  EXPECT_TRUE(absl::IsDataLoss(Select(*world.NewBlock(), {}).status()));
}

TEST_F(BucketBlockTest, SeriesOnly) {
  const auto block = world_.NewBlock();
  EXPECT_EQ(LabelsOf(*block, {.labels_only = true}).size(), TheTruth().series.size());
  EXPECT_EQ(LabelsOf(*block, {.labels_only = true, .limit = 5}).size(), 5u);
  EXPECT_EQ(LabelsOf(*block, {.limit = 5}).size(), 5u);
  EXPECT_THAT(LabelsOf(*block, {.range = {.min = 1'000'000'000}, .labels_only = true}), IsEmpty());
}

TEST_F(BucketBlockTest, ExternalLabelsReplaceTheSeriesOwnAndMoveThem) {
  BlockBuilder builder;
  builder.Add(Labels{{"a", "1"}}, 0, 1);
  builder.Add(Labels{{"a", "1"}, {"b", "2"}}, 0, 1);
  builder.Add(Labels{{"a", "1"}, {"cluster", "own"}}, 0, 1);
  const BucketWithBlock world(builder);
  const auto block = world.NewBlock({.series_batch = 1, .window_bytes = 1});
  const auto labels = LabelsOf(*block, {.external_labels = {{"cluster", "x"}}});
  EXPECT_THAT(labels, ElementsAre(Labels{{"a", "1"}, {"b", "2"}, {"cluster", "x"}}, Labels{{"a", "1"}, {"cluster", "x"}}));
}

TEST_F(BucketBlockTest, WithoutReplicaLabelsEqualSeriesAreOne) {
  const auto block = world_.NewBlock({.series_batch = 4});
  const auto set = *block->Select(Context(), {.matchers = {Matcher::Equal("__name__", "up")}, .without_labels = {"instance"}});
  std::vector<Labels> labels;
  size_t chunks = 0;
  while (set->Next()) {
    labels.push_back(set->At().labels);
    chunks += set->At().chunks.size();
    EXPECT_TRUE(std::is_sorted(set->At().chunks.begin(), set->At().chunks.end(),
                               [](const ChunkView& a, const ChunkView& b) { return a.min_time < b.min_time; }));
  }
  EXPECT_THAT(labels, ElementsAre(Labels{{"__name__", "up"}}, Labels{{"__name__", "up"}, {"zone", "eu"}},
                                  Labels{{"__name__", "up"}, {"zone", "us"}}));
  EXPECT_GT(chunks, 40u);
}

TEST_F(BucketBlockTest, LabelNamesAndValues) {
  const auto block = world_.NewBlock();
  EXPECT_THAT(*block->LabelNames(Context(), {}, {}), ElementsAre("__name__", "instance", "zone"));
  EXPECT_THAT(*block->LabelNames(Context(), {}, {Matcher::Equal("zone", "")}), ElementsAre("__name__", "instance"));
  EXPECT_THAT(*block->LabelValues(Context(), "zone", {}, {}), ElementsAre("eu", "us"));
  EXPECT_THAT(*block->LabelValues(Context(), "zone", {}, {Matcher::Equal("instance", "host-08")}), ElementsAre("eu"));
  EXPECT_THAT(*block->LabelValues(Context(), "absent", {}, {}), IsEmpty());
}

TEST_F(BucketBlockTest, ADamagedChunkIsNamed) {
  std::string segment = world_.Object("chunks/000001");
  segment[segment.size() / 2] = static_cast<char>(segment[segment.size() / 2] ^ 4);
  world_.Replace("chunks/000001", segment);
  const absl::Status status = Select(*world_.NewBlock(), {}).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(world_.meta.id.ToString() + "/chunks/000001 at offset "));
}

TEST_F(BucketBlockTest, ATruncatedSegmentIsNamed) {
  world_.Replace("chunks/000001", world_.Object("chunks/000001").substr(0, 300));
  const absl::Status status = Select(*world_.NewBlock(), {}).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("chunks/000001 at offset "));
}

TEST_F(BucketBlockTest, NoChangedByteGivesAWrongAnswer) {
  const auto block = world_.NewBlock();
  ASSERT_TRUE(block->index_header().Get(Context()).ok());
  const Matchers matchers = {Matcher::Equal("zone", "eu")};
  const Samples expected = Expected(matchers, {});
  const std::string index = world_.Object("index");
  int noticed = 0;
  for (size_t i = 0; i < index.size(); ++i) {
    std::string bad = index;
    bad[i] = static_cast<char>(bad[i] ^ 0x11);
    world_.Replace("index", bad);
    const auto got = Select(*block, {.matchers = matchers});
    if (got.ok()) {
      EXPECT_EQ(*got, expected) << "byte " << i;
    } else {
      ++noticed;
      EXPECT_TRUE(absl::IsDataLoss(got.status())) << got.status();
      EXPECT_THAT(std::string(got.status().message()), HasSubstr(world_.meta.id.ToString() + "/index at offset "));
    }
  }
  EXPECT_GT(noticed, 100);
}

TEST_F(BucketBlockTest, AFaultyBucketGivesTheTruthOrAnError) {
  const auto block = world_.NewBlock({.series_batch = 10, .window_bytes = 20'000});
  ASSERT_TRUE(block->index_header().Get(Context()).ok());
  const Samples expected = Expected({}, {});
  int failed = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    world_.bucket.Set({.seed = seed, .fail = 0.02, .truncate = 0.02, .corrupt = 0.02});
    const auto got = Select(*block, {});
    if (!got.ok()) {
      ++failed;
    } else {
      EXPECT_EQ(*got, expected);
    }
  }
  EXPECT_GT(failed, 10);
  EXPECT_LT(failed, 100);
}

TEST_F(BucketBlockTest, CountsMemoryAndHonoursItsLimit) {
  const auto block = world_.NewBlock();
  MemoryBudget roomy("query", 0);
  {
    const Context ctx = Context().WithMemory(&roomy);
    auto set = *block->Select(ctx, {});
    ASSERT_TRUE(set->Next());
    EXPECT_GT(roomy.used(), 1000);
  }
  EXPECT_EQ(roomy.used(), 0);
  MemoryBudget tight("query", 1000);
  const Context ctx = Context().WithMemory(&tight);
  EXPECT_TRUE(absl::IsResourceExhausted(Select(*block, {}, ctx).status()));
}

TEST_F(BucketBlockTest, EndsWithItsContext) {
  const auto block = world_.NewBlock({.series_batch = 2, .window_bytes = 1});
  std::stop_source stop;
  const Context ctx = Context().WithStop(stop.get_token());
  auto set = *block->Select(ctx, {});
  ASSERT_TRUE(set->Next());
  stop.request_stop();
  while (set->Next()) {
  }
  EXPECT_TRUE(absl::IsCancelled(set->status()));
}

OwnedChunk XorChunk(std::initializer_list<double> values) {
  SeriesSamples samples;
  for (const double value : values) samples.floats.Append(static_cast<TimestampMs>(samples.floats.size()) * 300'000, value);
  return std::move(EncodeSamples(samples)->front());
}

TEST(DownsampledBlockTest, ComesOutAsTheAggregatesAskedFor) {
  const OwnedChunk count = XorChunk({3, 4}), sum = XorChunk({30, 40}), counter = XorChunk({1, 2});
  AggrChunkParts parts;
  parts.count = {count.encoding, count.data};
  parts.sum = {sum.encoding, sum.data};
  parts.counter = {counter.encoding, counter.data};
  BlockBuilder builder;
  builder.Add(Labels{{"__name__", "down"}},
              OwnedChunk{.min_time = 0, .max_time = 300'000, .encoding = ChunkEncoding::kAggr, .data = EncodeAggrChunk(parts)});
  const BucketWithBlock world(builder);
  const auto block = world.NewBlock();
  const auto set = *block->Select(Context(), {.aggregates = {Aggregate::kCount, Aggregate::kCounter, Aggregate::kRaw}});
  ASSERT_TRUE(set->Next()) << set->status();
  const std::vector<ChunkView>& chunks = set->At().chunks;
  ASSERT_EQ(chunks.size(), 2u);
  EXPECT_EQ(chunks[0].aggregate, Aggregate::kCount);
  EXPECT_EQ(chunks[1].aggregate, Aggregate::kCounter);
  SeriesSamples samples;
  ASSERT_TRUE(DecodeChunk(chunks[0].encoding, chunks[0].data, samples).ok());
  EXPECT_THAT(samples.floats.values, ElementsAre(3, 4));
  EXPECT_EQ(chunks[1].max_time, 300'000);

  const auto missing = *block->Select(Context(), {.aggregates = {Aggregate::kMin}});
  EXPECT_FALSE(missing->Next());
  EXPECT_TRUE(absl::IsFailedPrecondition(missing->status()));
  EXPECT_THAT(std::string(missing->status().message()), HasSubstr("\"min\""));
}

}  // namespace
}  // namespace varve
