#include "store/bucket_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/testing/bucket_with_block.h"
#include "objstore/adaptive_bucket.h"
#include "store/testing/fake_store.h"
#include "store/tsdb_store.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Logger kSilent(LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {});

absl::Status CopyBucket(Bucket& from, Bucket& to) {
  return from.Iter(Context(), "", {.recursive = true}, [&](const ObjectEntry& entry) -> absl::Status {
    VARVE_ASSIGN_OR_RETURN(const std::string content, from.ReadAll(Context(), entry.name));
    return to.Upload(Context(), entry.name, AsBytes(content));
  });
}

class BucketStoreTest : public testing::Test {
 protected:
  // A block over [min, max) with one sample of each named series at its start.
  Ulid AddBlock(TimestampMs min, TimestampMs max, std::map<std::string, std::string> external, std::vector<Labels> series) {
    BlockBuilder builder;
    for (const Labels& labels : series) builder.Add(labels, min, 1.0);
    ThanosMeta thanos;
    thanos.labels = std::move(external);
    const BlockMeta meta = builder.Write(
        scratch_.path() + "/local",
        {.id = FakeUlid(1'000'000, static_cast<uint8_t>(++blocks_)), .range = BlockRange{min, max}, .thanos = thanos});
    PutBlockDirectory(bucket_, scratch_.path() + "/local", meta.id);
    return meta.id;
  }
  BucketStore& Store() {
    if (store_ == nullptr) {
      store_ = std::make_unique<BucketStore>(fetcher_, environment_, executor_, registry_, kSilent, options_);
      EXPECT_TRUE(store_->Sync(Context()).ok());
    }
    return *store_;
  }
  std::vector<std::string> Ask(const SeriesRequest& request) {
    auto set = Store().Series(Context(), request);
    if (!set.ok()) return {fmt::format("failed: {}", Message(set.status()))};
    return DrainSeries(**set);
  }
  static SeriesRequest Up(QueryRange range = {0, 1000}) {
    return {.range = range, .matchers = {Matcher::Equal("__name__", "up")}};
  }
  static Labels UpOf(std::string_view job) { return Labels{{"__name__", "up"}, {"job", job}}; }

  int blocks_ = 0;
  ScratchDirectory scratch_;
  FaultyBucket bucket_{NewMemoryBucket()};
  Executor executor_{"io", 4};
  FakeClock clock_{1'700'000'000'000};
  MetricsRegistry registry_;
  IndexHeaderMetrics header_metrics_{registry_, "thanos_bucket_store_"};
  IndexHeaderEnvironment environment_{.source = {bucket_, executor_, {}},
                                      .files = RealFiles(),
                                      .clock = clock_,
                                      .logger = kSilent,
                                      .metrics = header_metrics_,
                                      .directory = scratch_.path() + "/store"};
  MetaCache cache_{bucket_, RealFiles(), executor_, registry_, kSilent, MetaCache::Options()};
  MetaFetcher fetcher_{cache_, registry_, kSilent, {}};
  BucketStoreOptions options_;
  std::unique_ptr<BucketStore> store_;
};

TEST_F(BucketStoreTest, MergesBlocksAndSortsByFullLabels) {
  AddBlock(0, 100, {{"cluster", "b"}}, {UpOf("x"), UpOf("y")});
  AddBlock(100, 200, {{"cluster", "b"}}, {UpOf("x")});
  AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("y")});
  EXPECT_THAT(Ask(Up()), ElementsAre("{__name__=\"up\", cluster=\"a\", job=\"y\"} [raw 0-0]",
                                     "{__name__=\"up\", cluster=\"b\", job=\"x\"} [raw 0-0] [raw 100-100]",
                                     "{__name__=\"up\", cluster=\"b\", job=\"y\"} [raw 0-0]"));
  SeriesRequest request = Up();
  request.without_replica_labels = {"cluster"};
  EXPECT_THAT(Ask(request),
              ElementsAre("{__name__=\"up\", job=\"x\"} [raw 0-0] [raw 100-100]", "{__name__=\"up\", job=\"y\"} [raw 0-0]"));
  request = Up();
  request.matchers.push_back(Matcher::Equal("cluster", "a"));
  EXPECT_THAT(Ask(request), ElementsAre("{__name__=\"up\", cluster=\"a\", job=\"y\"} [raw 0-0]"));
  request = Up({50, 99});
  EXPECT_THAT(Ask(request), IsEmpty());
}

TEST_F(BucketStoreTest, EveryCallKnowsWhatItCost) {
  AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x"), UpOf("y")});
  AddBlock(100, 200, {{"cluster", "a"}}, {UpOf("x")});
  MetricsRegistry registry;
  auto bucket = NewAdaptiveBucket(NewMemoryBucket(), {}, registry, kSilent, clock_);
  ASSERT_TRUE(CopyBucket(bucket_, *bucket).ok());
  const IndexHeaderEnvironment environment = {.source = FetchSourceOf(*bucket, executor_),
                                              .files = RealFiles(),
                                              .clock = clock_,
                                              .logger = kSilent,
                                              .metrics = header_metrics_,
                                              .directory = scratch_.path() + "/accounted"};
  std::vector<std::string> lines;
  const Logger logger(LogLevel::kInfo, LogFormat::kLogfmt, [&](std::string_view line) { lines.emplace_back(line); });
  options_.log_slower_than = std::chrono::milliseconds(-1);
  BucketStore store(fetcher_, environment, executor_, registry, logger, options_);
  ASSERT_TRUE(store.Sync(Context()).ok());

  BucketUsage usage;
  const auto ask = [&] {
    auto set = store.Series(Context().WithUsage(&usage), Up());
    ASSERT_TRUE(set.ok()) << set.status();
    DrainSeries(**set);
  };
  ask();
  const BucketUsage::Totals cold = usage.totals();
  EXPECT_GE(cold.requests[static_cast<size_t>(BucketRequest::kGet)],
            6u);  // postings, series and chunks of two blocks, and headers
  EXPECT_GT(cold.bytes_read, 0u);
  ask();  // the headers are there
  EXPECT_LT(usage.totals().all_requests(), 2 * cold.all_requests());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], HasSubstr("msg=\"slow Series call\""));
  EXPECT_THAT(lines[0], HasSubstr(fmt::format("bucket_requests={} ", cold.all_requests())));
  EXPECT_THAT(lines[0], HasSubstr("blocks=2 series=2 chunks=3"));
  EXPECT_THAT(lines[0], HasSubstr("dollars="));
}

TEST_F(BucketStoreTest, BlockMatchersAndServedTimes) {
  const Ulid first = AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x")});
  AddBlock(100, 200, {{"cluster", "a"}}, {UpOf("x")});
  SeriesRequest request = Up();
  request.block_matchers = {Matcher::Equal("__block_id", first.ToString())};
  EXPECT_THAT(Ask(request), ElementsAre(HasSubstr("[raw 0-0]")));
  options_.range = [] { return QueryRange{100, 1000}; };
  store_ = nullptr;
  EXPECT_THAT(Ask(Up()), ElementsAre("{__name__=\"up\", cluster=\"a\", job=\"x\"} [raw 100-100]"));
  EXPECT_EQ(Store().Info()->range, (QueryRange{100, 200}));
}

TEST_F(BucketStoreTest, Labels) {
  AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x"), Labels{{"__name__", "other"}, {"le", "1"}}});
  const StoreLabelsRequest all = {.range = {0, 1000}};
  EXPECT_THAT(Store().LabelNames(Context(), all)->values, ElementsAre("__name__", "cluster", "job", "le"));
  StoreLabelsRequest up = all;
  up.matchers = {Matcher::Equal("__name__", "up")};
  up.without_replica_labels = {"cluster"};
  EXPECT_THAT(Store().LabelNames(Context(), up)->values, ElementsAre("__name__", "job"));
  EXPECT_THAT(Store().LabelValues(Context(), "__name__", all)->values, ElementsAre("other", "up"));
  EXPECT_THAT(Store().LabelValues(Context(), "cluster", all)->values, ElementsAre("a"));
  EXPECT_THAT(Store().LabelValues(Context(), "cluster", up)->values, IsEmpty());
  up.without_replica_labels.clear();
  EXPECT_THAT(Store().LabelValues(Context(), "cluster", up)->values, ElementsAre("a"));
  up.matchers = {Matcher::Equal("__name__", "none")};
  EXPECT_THAT(Store().LabelValues(Context(), "cluster", up)->values, IsEmpty());
  EXPECT_FALSE(Store().LabelValues(Context(), "", all).ok());
}

TEST_F(BucketStoreTest, ADamagedBlockIsLeftOut) {
  AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x")});
  const Ulid damaged = AddBlock(100, 200, {{"cluster", "a"}}, {UpOf("x")});
  const std::string index = damaged.ToString() + "/index";
  ASSERT_TRUE(bucket_.inner()
                  .Upload(Context(), index,
                          AsBytes("no index at all, but long enough for a table of contents and more"
                                  " and more and more and more and more and more and more"))
                  .ok());
  const std::vector<std::string> lines = Ask(Up());
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[0], "{__name__=\"up\", cluster=\"a\", job=\"x\"} [raw 0-0]");
  EXPECT_THAT(lines[1], HasSubstr(fmt::format("warning: block {}: ", damaged.ToString())));
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("varve_bucket_store_blocks_left_out_total 1"));
  SeriesRequest request = Up();
  request.partial_response = PartialResponse::kAbort;
  EXPECT_THAT(Ask(request), ElementsAre(HasSubstr("failed: block ")));
}

TEST_F(BucketStoreTest, AFrozenBlockIsNamedLeftOutAndAskedAgainLater) {
  AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x")});
  const Ulid frozen = AddBlock(100, 200, {{"cluster", "a"}}, {UpOf("x")});
  Store();
  bucket_.Freeze(frozen.ToString());
  const std::string warning = fmt::format("warning: block {}: ", frozen.ToString());
  const auto expect_rest = [&] {
    EXPECT_THAT(Ask(Up()), ElementsAre("{__name__=\"up\", cluster=\"a\", job=\"x\"} [raw 0-0]",
                                       testing::AllOf(HasSubstr(warning), HasSubstr("archived in cold storage"))));
  };
  expect_rest();
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("varve_store_blocks_archived 1\n"));
  bucket_.Set({});
  SeriesRequest only_frozen = Up({150, 1000});
  EXPECT_THAT(Ask(only_frozen), ElementsAre(HasSubstr(warning)));
  EXPECT_EQ(bucket_.operations(), 0);
  only_frozen.partial_response = PartialResponse::kAbort;
  EXPECT_THAT(Ask(only_frozen), ElementsAre(HasSubstr("failed: block ")));
  EXPECT_THAT(Store().LabelValues(Context(), "job", {.range = {150, 1000}})->warnings, ElementsAre(HasSubstr("archived")));

  const std::vector<BlockStatus> blocks = Store().Blocks();
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[0].state, BlockState::kLoaded);
  EXPECT_EQ(blocks[1].state, BlockState::kArchived);
  EXPECT_EQ(blocks[1].since, clock_.NowMs());
  ASSERT_NE(blocks[1].meta, nullptr);

  clock_.Advance(std::chrono::minutes(6));  // asked again, in vain
  expect_rest();
  bucket_.Freeze("");
  expect_rest();
  clock_.Advance(std::chrono::minutes(11));
  EXPECT_THAT(Ask(Up()), ElementsAre("{__name__=\"up\", cluster=\"a\", job=\"x\"} [raw 0-0] [raw 100-100]"));
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("varve_store_blocks_archived 0\n"));
}

TEST_F(BucketStoreTest, WithFrozenChunksLabelsAreStillAnswered) {
  const Ulid frozen = AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x")});
  bucket_.Freeze(frozen.ToString() + "/chunks/");
  EXPECT_THAT(Ask(Up()), ElementsAre(HasSubstr("archived in cold storage")));
  EXPECT_THAT(Store().LabelValues(Context(), "job", {.range = {0, 1000}})->values, ElementsAre("x"));
  SeriesRequest labels_only = Up();
  labels_only.skip_chunks = true;
  EXPECT_THAT(Ask(labels_only), ElementsAre(HasSubstr("job=\"x\"")));
}

TEST_F(BucketStoreTest, BlocksWhoseMetaIsFrozenMayBeMissing) {
  const Ulid frozen = AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x")});
  bucket_.Freeze(frozen.ToString());
  EXPECT_THAT(Ask(Up()), ElementsAre(HasSubstr("warning: 1 blocks may be missing")));
  EXPECT_THAT(Ask(Up({2'000'000'000'000, 2'000'000'000'001})), IsEmpty());  // it was made before
  EXPECT_EQ(Store().Blocks()[0].state, BlockState::kArchived);
  EXPECT_EQ(Store().Blocks()[0].meta, nullptr);
  EXPECT_THAT(Store().Blocks()[0].reason, HasSubstr("archived"));
}

TEST_F(BucketStoreTest, Limits) {
  AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x"), UpOf("y"), UpOf("z")});
  options_.series_limit = 2;
  auto set = Store().Series(Context(), Up());
  ASSERT_TRUE(set.ok());
  while ((*set)->Next()) continue;
  EXPECT_TRUE(absl::IsResourceExhausted((*set)->status()));
  EXPECT_EQ(Message((*set)->status()), "exceeded series limit: limit 2 violated (got 3)");
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_bucket_store_queries_dropped_total{reason=\"series\"} 1"));
  set->reset();
  options_.series_limit = 0;
  options_.samples_limit = 121;  // two chunks
  store_ = nullptr;
  EXPECT_THAT(Ask(Up()).back(), "error: exceeded chunks limit: limit 2 violated (got 3)");
  options_.samples_limit = 0;
  options_.downloaded_bytes_limit = 10;
  store_ = nullptr;
  EXPECT_THAT(Ask(Up()).back(), HasSubstr("exceeded bytes limit: limit 10 violated"));
}

TEST_F(BucketStoreTest, TheGateIsLeftWithTheAnswer) {
  AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x")});
  options_.series_concurrency_max = 1;
  auto first = Store().Series(Context(), Up());
  ASSERT_TRUE(first.ok());
  const Context impatient = Context().WithTimeout(std::chrono::milliseconds(20));
  EXPECT_TRUE(absl::IsDeadlineExceeded(Store().Series(impatient, Up()).status()));
  first->reset();
  EXPECT_TRUE(Store().Series(Context(), Up()).ok());
}

TEST_F(BucketStoreTest, SyncFollowsTheBucket) {
  const Ulid first = AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x")});
  EXPECT_EQ(Store().catalog()->blocks().size(), 1);
  EXPECT_THAT(Ask(Up()), ElementsAre(HasSubstr("[raw 0-0]")));
  AddBlock(100, 200, {{"cluster", "a"}}, {UpOf("x")});
  auto running = Store().Series(Context(), Up());
  ASSERT_TRUE(bucket_.inner().Delete(Context(), first.ToString() + "/meta.json").ok());
  ASSERT_TRUE(Store().Sync(Context()).ok());
  EXPECT_THAT(Ask(Up()), ElementsAre("{__name__=\"up\", cluster=\"a\", job=\"x\"} [raw 100-100]"));
  EXPECT_THAT(DrainSeries(**running), ElementsAre("{__name__=\"up\", cluster=\"a\", job=\"x\"} [raw 0-0]"));
  EXPECT_EQ(Store().Info()->tsdbs.size(), 1);
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_bucket_store_blocks_loaded 1"));
}

TEST_F(BucketStoreTest, ObserversHearOfBlocksAndCost) {
  class Recorder : public SeriesObserver {
   public:
    void OnStats(const SeriesStats& stats) override { seen = stats; }
    SeriesStats seen;
  } recorder;
  const Ulid id = AddBlock(0, 100, {{"cluster", "a"}}, {UpOf("x"), UpOf("y")});
  SeriesRequest request = Up();
  request.observer = &recorder;
  Ask(request);
  EXPECT_THAT(recorder.seen.blocks, ElementsAre(id));
  EXPECT_EQ(recorder.seen.series, 2);
  EXPECT_GT(recorder.seen.downloaded_bytes, 0);
}

class BlockCatalogTest : public BucketStoreTest {
 protected:
  std::shared_ptr<const BucketBlock> Block(TimestampMs min, TimestampMs max, int64_t resolution) {
    auto meta = std::make_shared<BlockMeta>(FakeMeta(FakeUlid(1, static_cast<uint8_t>(++blocks_)), min));
    meta->range = {min, max};
    meta->thanos->resolution_ms = resolution;
    return std::make_shared<const BucketBlock>(environment_, std::move(meta));
  }
  static std::vector<std::string> Choose(const BlockSet& set, QueryRange range, int64_t max_resolution, int64_t fallback = 0) {
    std::vector<std::string> chosen;
    for (const BlockSet::Choice& choice : set.Choose(range, max_resolution, fallback)) {
      const BlockMeta& meta = choice.block->meta();
      chosen.push_back(fmt::format("{}-{}@{}", meta.range.min, meta.range.max_exclusive, meta.thanos->resolution_ms));
    }
    return chosen;
  }
};

TEST_F(BlockCatalogTest, TheCoarsestResolutionWithFinerOnesInItsGaps) {
  const BlockSet set(Labels(), {Block(0, 100, 0), Block(100, 200, 0), Block(200, 300, 0), Block(0, 100, 300000),
                                Block(100, 200, 300000), Block(0, 100, 3600000)});
  EXPECT_THAT(Choose(set, {0, 299}, 0), ElementsAre("0-100@0", "100-200@0", "200-300@0"));
  EXPECT_THAT(Choose(set, {0, 299}, 300000), ElementsAre("0-100@300000", "100-200@300000", "200-300@0"));
  EXPECT_THAT(Choose(set, {0, 299}, INT64_MAX), ElementsAre("0-100@3600000", "100-200@300000", "200-300@0"));
  EXPECT_THAT(Choose(set, {0, 100}, 300000), ElementsAre("0-100@300000", "100-200@300000"));
  EXPECT_THAT(Choose(set, {0, 99}, 300000), ElementsAre("0-100@300000"));
  EXPECT_THAT(Choose(set, {150, 250}, 299999), ElementsAre("100-200@0", "200-300@0"));
  EXPECT_THAT(Choose(set, {300, 400}, 0), IsEmpty());
}

TEST_F(BlockCatalogTest, CoarserResolutionsWhereThereIsNothingFiner) {
  const BlockSet set(Labels(), {Block(0, 300, 3600000), Block(100, 300, 300000), Block(200, 300, 0)});
  EXPECT_THAT(Choose(set, {0, 299}, 0), ElementsAre("200-300@0"));
  EXPECT_THAT(Choose(set, {0, 299}, 0, 300000), ElementsAre("100-300@300000", "200-300@0"));
  EXPECT_THAT(Choose(set, {0, 299}, 0, 3600000), ElementsAre("0-300@3600000", "100-300@300000", "200-300@0"));
  EXPECT_THAT(Choose(set, {250, 299}, 0, 3600000), ElementsAre("200-300@0"));
  const std::vector<BlockSet::Choice> chosen = set.Choose({0, 299}, 0, 3600000);
  ASSERT_EQ(chosen.size(), 3u);
  EXPECT_EQ(chosen[0].range, (QueryRange{0, 99})) << "only what no other has is wanted of it";
  EXPECT_EQ(chosen[1].range, (QueryRange{0, 199}));
  EXPECT_TRUE(chosen[0].narrowed && chosen[1].narrowed && !chosen[2].narrowed);
}

TEST(TsdbStoreTest, ServesLocalBlocks) {
  ScratchDirectory scratch;
  BlockBuilder builder;
  builder.Add(Labels{{"__name__", "up"}, {"z", "1"}}, 10, 1.0);
  builder.Add(Labels{{"__name__", "up"}, {"a", "1"}}, 20, 1.0);
  builder.Write(scratch.path());
  LocalBlocks blocks(RealFiles(), scratch.path());
  ASSERT_TRUE(blocks.Scan().ok());
  std::vector<std::unique_ptr<ChunkSource>> parts;
  parts.push_back(NewLocalBlocksChunks(blocks));
  parts.push_back(NewLocalBlocksChunks(blocks));  // twice: copies are dropped
  const auto source = JoinChunkSources(std::move(parts));
  const auto store = NewTsdbStore(*source, Labels{{"replica", "1"}, {"tenant", "t"}}, "receive");
  SeriesRequest request = {.range = {0, 100}, .matchers = {Matcher::Equal("__name__", "up"), Matcher::Equal("tenant", "t")}};
  request.without_replica_labels = {"replica"};
  auto set = store->Series(Context(), request);
  ASSERT_TRUE(set.ok());
  EXPECT_THAT(DrainSeries(**set), ElementsAre("{__name__=\"up\", a=\"1\", tenant=\"t\"} [raw 20-20]",
                                              "{__name__=\"up\", tenant=\"t\", z=\"1\"} [raw 10-10]"));
  request.matchers = {Matcher::Equal("tenant", "t")};
  EXPECT_TRUE(absl::IsInvalidArgument(store->Series(Context(), request).status()));
  request.matchers = {Matcher::Equal("tenant", "u")};
  EXPECT_FALSE((*store->Series(Context(), request))->Next());
  EXPECT_THAT(store->LabelNames(Context(), {.range = {0, 100}})->values, ElementsAre("__name__", "a", "replica", "tenant", "z"));
  EXPECT_THAT(store->LabelValues(Context(), "tenant", {.range = {0, 100}, .matchers = {Matcher::Equal("a", "1")}})->values,
              ElementsAre("t"));
  EXPECT_THAT(store->LabelValues(Context(), "a", {.range = {0, 100}})->values, ElementsAre("1"));
  EXPECT_EQ(store->Info()->component, "receive");
  EXPECT_EQ(store->Info()->range.min, 10);
}

}  // namespace
}  // namespace varve
