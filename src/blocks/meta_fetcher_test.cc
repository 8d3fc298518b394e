#include "blocks/meta_fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "blocks/block_names.h"
#include "blocks/testing/fake_blocks.h"
#include "objstore/memory_bucket.h"
#include "objstore/testing/faulty_bucket.h"

namespace varve {
namespace {

using testing::HasSubstr;

class MetaFetcherTest : public testing::TestWithParam<ListingStrategy> {
 protected:
  std::unique_ptr<MetaCache> NewCache(const std::string& directory = "") {
    return std::make_unique<MetaCache>(bucket_, RealFiles(), executor_, registry_, logger_,
                                       MetaCache::Options{.directory = directory, .strategy = GetParam()});
  }
  std::unique_ptr<MetaFetcher> NewFetcher(MetaCache& cache, std::vector<std::unique_ptr<MetaFilter>> filters = {}) {
    return std::make_unique<MetaFetcher>(cache, registry_, logger_, std::move(filters));
  }
  void Put(std::string_view name, std::string_view content) {
    ASSERT_TRUE(bucket_.Upload(Context(), name, AsBytes(content)).ok());
  }
  void ExpectState(std::string_view state, int count) {
    EXPECT_THAT(MetricsAsText(registry_), HasSubstr(fmt::format("thanos_blocks_meta_synced{{state=\"{}\"}} {}\n", state, count)));
  }

  FakeClock clock_{1000};
  FaultyBucket bucket_{NewMemoryBucket(clock_)};
  Executor executor_{"io", 4};
  MetricsRegistry registry_;
  const Logger logger_{LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}};
};

INSTANTIATE_TEST_SUITE_P(Strategies, MetaFetcherTest, testing::Values(ListingStrategy::kConcurrent, ListingStrategy::kRecursive));

TEST_P(MetaFetcherTest, AFrozenMetaIsAskedForAgainLater) {
  PutFakeMeta(bucket_, FakeMeta(FakeUlid(1)));
  PutFakeMeta(bucket_, FakeMeta(FakeUlid(2)));
  bucket_.Freeze(FakeUlid(2).ToString());
  MetaCache cache(bucket_, RealFiles(), executor_, registry_, logger_,
                  MetaCache::Options{.strategy = GetParam(), .clock = &clock_});
  const auto fetcher = NewFetcher(cache);
  const auto snapshot = fetcher->Fetch(Context());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_TRUE((*snapshot)->incomplete.ok());
  EXPECT_EQ((*snapshot)->blocks.size(), 1u);
  ASSERT_TRUE((*snapshot)->frozen.contains(FakeUlid(2)));
  EXPECT_THAT((*snapshot)->frozen.at(FakeUlid(2)).reason, HasSubstr("archived in cold storage"));
  ExpectState("archived", 1);

  bucket_.Freeze("");
  EXPECT_TRUE((*fetcher->Fetch(Context()))->frozen.contains(FakeUlid(2)));  // not asked
  clock_.Advance(std::chrono::minutes(6));
  EXPECT_EQ((*fetcher->Fetch(Context()))->blocks.size(), 2u);
  EXPECT_TRUE(fetcher->snapshot()->frozen.empty());
}

// Whoever holds what was made of the damaged read asks more than once.
TEST_P(MetaFetcherTest, AMetaThatSaysSomethingElseWhenReadAgainIsDoubtedUntilItIsLoadedAnew) {
  const BlockMeta meta = FakeMeta(FakeUlid(1));
  BlockMeta damaged = meta;
  damaged.compaction.sources = {FakeUlid(2)};
  PutFakeMeta(bucket_, damaged);
  const auto cache = NewCache();
  ASSERT_TRUE(cache->Load(Context()).ok());
  EXPECT_TRUE(cache->Confirm(Context(), meta.id).ok());
  PutFakeMeta(bucket_, meta);
  EXPECT_TRUE(absl::IsUnavailable(cache->Confirm(Context(), meta.id)));
  EXPECT_TRUE(absl::IsUnavailable(cache->Confirm(Context(), meta.id)));
  const auto again = cache->Load(Context());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->metas.at(meta.id)->compaction.sources, meta.compaction.sources);
  EXPECT_TRUE(cache->Confirm(Context(), meta.id).ok());
  EXPECT_TRUE(cache->Confirm(Context(), FakeUlid(3)).ok()) << "made meanwhile, and never loaded";
}

TEST_P(MetaFetcherTest, WithARecursiveListingAnIdleBucketIsListedAndNoMore) {
  if (GetParam() != ListingStrategy::kRecursive) return;
  for (uint8_t n = 1; n <= 5; ++n) PutFakeMeta(bucket_, FakeMeta(FakeUlid(n)));
  const BlockMark mark = {.id = FakeUlid(2), .time_s = 1};
  ASSERT_TRUE(WriteMark(Context(), bucket_, MarkKind::kDeletion, mark).ok());
  const auto cache = NewCache();
  const auto new_fetcher = [&] {
    std::vector<std::unique_ptr<MetaFilter>> filters;
    filters.push_back(
        std::make_unique<DeletionMarkFilter>(bucket_, executor_, clock_, logger_, std::chrono::hours(1), 4, cache.get()));
    return NewFetcher(*cache, std::move(filters));
  };
  const auto fetcher = new_fetcher();
  ASSERT_TRUE(fetcher->Fetch(Context()).ok());
  bucket_.Set({});
  clock_.Advance(std::chrono::hours(2));
  EXPECT_EQ((*fetcher->Fetch(Context()))->blocks.size(), 4u);  // the mark is known, and old enough by now
  EXPECT_EQ(bucket_.operations(), 1);
  ASSERT_TRUE(bucket_.inner().Delete(Context(), BlockObjectName(FakeUlid(2), MarkFileName(MarkKind::kDeletion))).ok());
  EXPECT_EQ((*fetcher->Fetch(Context()))->blocks.size(), 5u);
  EXPECT_EQ(bucket_.operations(), 2);
}

TEST_P(MetaFetcherTest, TellsCompletePartialAndCorruptedBlocksApart) {
  PutFakeMeta(bucket_, FakeMeta(FakeUlid(1)));
  Put(FakeUlid(1).ToString() + "/index", "x");
  Put(FakeUlid(2).ToString() + "/chunks/000001", "x");
  Put(FakeUlid(3).ToString() + "/meta.json", "{\"ulid\":");
  Put("debug/metas/" + FakeUlid(4).ToString() + ".json", "{}");
  Put("not-a-block/meta.json", "{}");
  Put("file", "x");
  const auto cache = NewCache();
  const auto fetcher = NewFetcher(*cache);
  EXPECT_TRUE(fetcher->snapshot()->blocks.empty());
  const auto snapshot = fetcher->Fetch(Context());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_TRUE((*snapshot)->incomplete.ok());
  ASSERT_EQ((*snapshot)->blocks.size(), 1u);
  EXPECT_EQ((*snapshot)->blocks.begin()->first, FakeUlid(1));
  ASSERT_EQ((*snapshot)->partial.size(), 2u);
  EXPECT_TRUE(absl::IsNotFound((*snapshot)->partial.at(FakeUlid(2))));
  EXPECT_TRUE(absl::IsDataLoss((*snapshot)->partial.at(FakeUlid(3))));
  EXPECT_EQ(fetcher->snapshot(), *snapshot);
  ExpectState("loaded", 1);
  ExpectState("no-meta-json", 1);
  ExpectState("corrupted-meta-json", 1);
  ExpectState("too-fresh", 0);
}

TEST_P(MetaFetcherTest, ReadsEachMetaOnceAndSeesDeletions) {
  for (uint8_t n = 1; n <= 5; ++n) PutFakeMeta(bucket_, FakeMeta(FakeUlid(n)));
  const auto cache = NewCache();
  const auto first = cache->Load(Context());
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(bucket_.Delete(Context(), FakeUlid(2).ToString() + "/meta.json").ok());
  bucket_.Set({});
  const auto second = cache->Load(Context());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->metas.size(), 4u);
  EXPECT_EQ(second->metas.at(FakeUlid(1)), first->metas.at(FakeUlid(1)));  // the same object
  EXPECT_EQ(bucket_.operations(), GetParam() == ListingStrategy::kRecursive ? 1 : 1 + 4);
}

TEST_P(MetaFetcherTest, FindsCachedMetasOnDiskAndForgetsOthers) {
  const std::string directory = FreshTestDirectory("meta-cache");
  for (uint8_t n = 1; n <= 3; ++n) PutFakeMeta(bucket_, FakeMeta(FakeUlid(n)));
  ASSERT_TRUE(NewCache(directory)->Load(Context()).ok());
  const std::string cached = JoinPath(directory, "meta-syncer/" + FakeUlid(1).ToString());
  EXPECT_TRUE(ReadBlockMeta(RealFiles(), cached).ok());

  ASSERT_TRUE(bucket_.Delete(Context(), FakeUlid(2).ToString() + "/meta.json").ok());
  ASSERT_TRUE(RealFiles().WriteAtomically(JoinPath(cached, "meta.json"), AsBytes("damaged")).ok());
  const auto loaded = NewCache(directory)->Load(Context());
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->metas.size(), 2u);
  EXPECT_TRUE(ReadBlockMeta(RealFiles(), cached).ok());  // mended
  EXPECT_FALSE(FileExists(RealFiles(), JoinPath(directory, "meta-syncer/" + FakeUlid(2).ToString())));
}

TEST_P(MetaFetcherTest, AFailedReadMakesTheViewIncompleteAndRemovesNothing) {
  const std::string directory = FreshTestDirectory("meta-incomplete");
  for (uint8_t n = 1; n <= 4; ++n) PutFakeMeta(bucket_, FakeMeta(FakeUlid(n)));
  BlockMeta foreign = FakeMeta(FakeUlid(7));  // a folder someone renamed
  ASSERT_TRUE(bucket_.Upload(Context(), FakeUlid(5).ToString() + "/meta.json", AsBytes(BlockMetaToJson(foreign))).ok());
  const auto cache = NewCache(directory);
  const auto fetcher = NewFetcher(*cache);
  const auto snapshot = fetcher->Fetch(Context());
  ASSERT_TRUE(snapshot.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition((*snapshot)->incomplete));
  EXPECT_EQ((*snapshot)->blocks.size(), 4u);
  EXPECT_TRUE((*snapshot)->partial.empty());
  ExpectState("failed", 1);
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_blocks_meta_sync_failures_total 1\n"));

  bucket_.Set({.fail = 1});
  EXPECT_TRUE(absl::IsUnavailable(fetcher->Fetch(Context()).status()));  // no listing
  EXPECT_EQ(fetcher->snapshot(), *snapshot);
}

TEST_P(MetaFetcherTest, RunsFiltersInOrderOnEachFetch) {
  for (uint8_t n = 1; n <= 4; ++n) PutFakeMeta(bucket_, FakeMeta(FakeUlid(n), n * 10'000'000));
  TimestampMs max = 25'000'000;
  std::vector<std::unique_ptr<MetaFilter>> filters;
  filters.push_back(NewTimeRangeFilter([&max] { return QueryRange{.max_inclusive = max}; }));
  filters.push_back(NewDuplicateFilter());
  const auto cache = NewCache();
  const auto fetcher = NewFetcher(*cache, std::move(filters));
  EXPECT_EQ((*fetcher->Fetch(Context()))->blocks.size(), 2u);
  ExpectState("time-excluded", 2);
  max = kMaxTimestamp;
  EXPECT_EQ((*fetcher->Fetch(Context()))->blocks.size(), 4u);
  ExpectState("time-excluded", 0);
}

TEST_P(MetaFetcherTest, AThousandBlocks) {
  for (int64_t n = 0; n < 1000; ++n) PutFakeMeta(bucket_, FakeMeta(FakeUlid(1000 + static_cast<uint64_t>(n)), n * 7'200'000));
  const auto cache = NewCache();
  const auto fetcher = NewFetcher(*cache);
  bucket_.Set({.delay = 0.01, .delay_max = std::chrono::milliseconds(3)});
  const auto snapshot = fetcher->Fetch(Context());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ((*snapshot)->blocks.size(), 1000u);
}

TEST_P(MetaFetcherTest, EndsWithItsContext) {
  for (uint8_t n = 1; n <= 4; ++n) PutFakeMeta(bucket_, FakeMeta(FakeUlid(n)));
  std::stop_source stop;
  stop.request_stop();
  const auto cache = NewCache();
  EXPECT_TRUE(absl::IsCancelled(cache->Load(Context().WithStop(stop.get_token())).status()));
  EXPECT_EQ(cache->Load(Context())->metas.size(), 4u);
}

TEST(MetaCacheTest, AChangedModificationTimeBustsTheCache) {
  FakeClock clock(1000);
  const auto bucket = NewMemoryBucket(clock);
  Executor executor("io", 2);
  MetricsRegistry registry;
  MetaCache cache(*bucket, RealFiles(), executor, registry, Logger(LogLevel::kError),
                  {.directory = FreshTestDirectory("meta-bust"), .strategy = ListingStrategy::kRecursive});
  BlockMeta meta = FakeMeta(FakeUlid(1));
  PutFakeMeta(*bucket, meta);
  ASSERT_TRUE(cache.Load(Context()).ok());
  meta.thanos->labels["cluster"] = "rewritten";
  clock.Set(2000);
  PutFakeMeta(*bucket, meta);
  EXPECT_EQ(cache.Load(Context())->metas.at(FakeUlid(1))->thanos->labels.at("cluster"), "rewritten");
  EXPECT_THAT(MetricsAsText(registry), HasSubstr("thanos_blocks_meta_base_cache_busts_total 1\n"));
}

// Starts a listing where it is told to, as S3 does.
class FarBucket : public FaultyBucket {
 public:
  using FaultyBucket::FaultyBucket;
  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    return FaultyBucket::Iter(ctx, directory, options, [&](const ObjectEntry& entry) {
      return entry.name <= options.start_after ? absl::OkStatus() : visit(entry);
    });
  }
  std::string_view provider() const override { return "S3"; }
};

TEST(ListingTest, InPartsItIsTheSame) {
  FakeClock clock{1'700'000'000'000};
  FarBucket bucket(NewMemoryBucket(), clock);
  Executor executor("io", 4);
  std::vector<Ulid> known;
  const auto put = [&](uint64_t n, const std::string& file) {
    const Ulid id = FakeUlid(n, 1);
    EXPECT_TRUE(bucket.Upload(Context(), fmt::format("{}/{}", id, file), AsBytes("x")).ok());
    return id;
  };
  for (uint64_t n = 0; n < 3'500; ++n) {
    if (n % 7 != 3) known.push_back(put(n, "meta.json"));
    put(n, n % 5 == 0 ? "deletion-mark.json" : "index");
  }
  EXPECT_TRUE(bucket.Upload(Context(), "not/a/block", AsBytes("x")).ok());
  const auto whole = ListBlocks(Context(), bucket, ListingStrategy::kRecursive);
  bucket.Set({});
  const auto parts = ListKnownBlocks(Context(), bucket, executor, known);
  EXPECT_EQ(bucket.operations(), 3);
  ASSERT_TRUE(whole.ok() && parts.ok()) << parts.status();
  ASSERT_EQ(whole->size(), 3'500u);
  ASSERT_EQ(parts->size(), whole->size());
  for (size_t i = 0; i < whole->size(); ++i) {
    EXPECT_EQ((*parts)[i].id, (*whole)[i].id);
    EXPECT_EQ((*parts)[i].meta, (*whole)[i].meta);
    EXPECT_EQ((*parts)[i].deletion_mark, (*whole)[i].deletion_mark);
  }
}

TEST(ListingStrategyTest, HasThanosNames) {
  EXPECT_EQ(*ParseListingStrategy("concurrent"), ListingStrategy::kConcurrent);
  EXPECT_EQ(*ParseListingStrategy("recursive"), ListingStrategy::kRecursive);
  EXPECT_TRUE(absl::IsInvalidArgument(ParseListingStrategy("both").status()));
}

}  // namespace
}  // namespace varve
