#include "objstore/caching_bucket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "objstore/cache/memory_cache.h"
#include "objstore/cached_ranges.h"
#include "objstore/cached_values.h"
#include "objstore/memory_bucket.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/faulty_bucket.h"

namespace varve {
namespace {

using testing::ElementsAre;

std::string Letters(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

class CachingBucketTest : public testing::Test {
 protected:
  std::unique_ptr<Bucket> Make(CachingBucketOptions options = {.chunk_subrange_bytes = 100}) {
    auto inner = std::make_unique<FaultyBucket>(NewMemoryBucket());
    inner_ = inner.get();
    auto cache = std::make_unique<MemoryCache>(MemoryCacheOptions(), MemoryCacheMetrics(registry_, "cache_"), clock_);
    return NewCachingBucket(std::move(inner), std::move(cache), options, executor_, registry_);
  }
  void Put(const std::string& name, std::string_view content) {
    ASSERT_TRUE(inner_->inner().Upload(Context(), name, AsBytes(content)).ok());
  }
  int64_t Operations() {  // since it was last asked
    const int64_t operations = inner_->operations();
    inner_->Set({});
    return operations;
  }
  static std::string Read(Bucket& bucket, uint64_t offset, size_t size) {
    std::string out(size, '\0');
    const auto got = bucket.ReadAt(Context(), "b/chunks/000001", offset, {reinterpret_cast<std::byte*>(out.data()), size});
    return got.ok() ? out.substr(0, *got) : "failed: " + got.status().ToString();
  }

  MetricsRegistry registry_;
  FakeClock clock_{1000};
  Executor executor_{"io", 4};
  FaultyBucket* inner_ = nullptr;
};

TEST_F(CachingBucketTest, ReadsARangeOnce) {
  const auto bucket = Make();
  const std::string content = Letters(1050);
  Put("b/chunks/000001", content);
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const size_t offset = random() % 1200, size = 1 + random() % 400;
    ASSERT_EQ(Read(*bucket, offset, size), offset < content.size() ? content.substr(offset, size) : "") << offset << " " << size;
  }
  Operations();
  EXPECT_EQ(Read(*bucket, 0, 1050), content);
  EXPECT_EQ(Operations(), 0);
}

TEST_F(CachingBucketTest, ReadsOnlyWhatIsMissingInFewRequests) {
  const auto bucket = Make();
  Put("b/chunks/000001", Letters(2000));
  for (const uint64_t piece : {1, 3, 5, 7, 9}) Read(*bucket, piece * 100, 100);
  EXPECT_EQ(Operations(), 5);
  EXPECT_EQ(Read(*bucket, 0, 1100), Letters(2000).substr(0, 1100));  // six holes
  EXPECT_EQ(Operations(), 3);
}

TEST_F(CachingBucketTest, AReadCutShortIsNotTakenForTheEnd) {
  const auto bucket = Make();
  Put("b/chunks/000001", Letters(500));
  inner_->Set({.truncate = 1});
  EXPECT_LT(Read(*bucket, 0, 450).size(), 450u);
  inner_->Set({});
  EXPECT_EQ(Read(*bucket, 0, 450), Letters(500).substr(0, 450));
}

TEST_F(CachingBucketTest, DamagedBytesAreReadAgain) {
  const auto bucket = Make();
  Put("b/chunks/000001", Letters(500));
  inner_->Set({.corrupt = 1});
  EXPECT_NE(Read(*bucket, 0, 450), Letters(500).substr(0, 450));
  inner_->Set({});
  bucket->Distrust(Context(), "b/chunks/000001", 0, 450);
  EXPECT_EQ(Read(*bucket, 0, 450), Letters(500).substr(0, 450));
}

TEST_F(CachingBucketTest, ForgetsWithTime) {
  const auto bucket = Make();
  Put("b/chunks/000001", Letters(500));
  Read(*bucket, 0, 100);
  clock_.Advance(std::chrono::hours(24));
  Read(*bucket, 0, 100);
  EXPECT_EQ(Operations(), 2);
}

TEST_F(CachingBucketTest, MetasAndMarks) {
  const auto bucket = Make();
  EXPECT_TRUE(absl::IsNotFound(bucket->ReadAll(Context(), "b/meta.json").status()));
  Put("b/meta.json", "{}");
  EXPECT_TRUE(absl::IsNotFound(bucket->ReadAll(Context(), "b/meta.json").status()));
  EXPECT_FALSE(*bucket->Exists(Context(), "b/meta.json"));
  EXPECT_EQ(Operations(), 1);
  clock_.Advance(std::chrono::minutes(15));
  EXPECT_EQ(*bucket->ReadAll(Context(), "b/meta.json"), "{}");
  EXPECT_EQ(*bucket->ReadAll(Context(), "b/meta.json"), "{}");
  EXPECT_TRUE(*bucket->Exists(Context(), "b/meta.json"));
  EXPECT_EQ(Operations(), 1);
  EXPECT_FALSE(*bucket->Exists(Context(), "b/deletion-mark.json"));
  EXPECT_FALSE(*bucket->Exists(Context(), "b/deletion-mark.json"));
  EXPECT_EQ(Operations(), 1);
  ASSERT_TRUE(bucket->Upload(Context(), "b/deletion-mark.json", AsBytes("mark")).ok());
  EXPECT_TRUE(*bucket->Exists(Context(), "b/deletion-mark.json"));
  EXPECT_EQ(*bucket->ReadAll(Context(), "b/deletion-mark.json"), "mark");
  ASSERT_TRUE(bucket->Delete(Context(), "b/meta.json").ok());
  EXPECT_FALSE(*bucket->Exists(Context(), "b/meta.json"));
}

TEST_F(CachingBucketTest, ListsTheRootOnce) {
  const auto bucket = Make();
  Put("b/meta.json", "{}");
  const auto list = [&](std::string_view directory, IterOptions options) {
    std::vector<std::string> names;
    EXPECT_TRUE(bucket
                    ->Iter(Context(), directory, options,
                           [&](const ObjectEntry& entry) {
                             names.push_back(entry.name);
                             return absl::OkStatus();
                           })
                    .ok());
    return names;
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(list("", {}), ElementsAre("b/"));
    EXPECT_THAT(list("", {.recursive = true}), ElementsAre("b/meta.json"));
  }
  EXPECT_EQ(Operations(), 2);
  clock_.Advance(std::chrono::minutes(5));
  list("", {});
  list("b", {});
  list("b", {});
  EXPECT_EQ(Operations(), 3);
}

TEST(CachedRangesTest, CoverTheHolesInFewRuns) {
  const auto plan = [](std::string_view pieces, size_t runs_max) {
    std::vector<bool> is_there;
    for (const char c : pieces) is_there.push_back(c == '#');
    return PlanMissingPieces(is_there, runs_max);
  };
  EXPECT_TRUE(plan("####", 3).empty());
  EXPECT_THAT(plan("-#--#", 0), ElementsAre(PieceRun{0, 1}, PieceRun{2, 4}));
  EXPECT_THAT(plan("-#-##-#-", 2), ElementsAre(PieceRun{0, 3}, PieceRun{5, 8}));
  EXPECT_THAT(plan("-#-##-#-", 1), ElementsAre(PieceRun{0, 8}));
}

TEST(CachedValuesTest, ComeBackOrNotAtAll) {
  const auto attributes = DecodeAttributes(EncodeAttributes({.size = 7, .last_modified = -1}).bytes());
  EXPECT_EQ(attributes->size, 7u);
  EXPECT_EQ(attributes->last_modified, -1);
  const auto entries = DecodeListing(EncodeListing({{"a/", {}}, {"b", {3, 4}}}).bytes());
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[1].attributes.last_modified, 4);
  EXPECT_TRUE(DecodeListing(EncodeListing({}).bytes())->empty());
  for (const std::string_view bad : {"", "?", "1", "1\x05x", "0"}) {
    EXPECT_FALSE(DecodeAttributes(AsBytes(bad)).has_value()) << bad;
    EXPECT_FALSE(bad != "1" && DecodeListing(AsBytes(bad)).has_value()) << bad;
  }
}

std::unique_ptr<Bucket> NewCachedMemoryBucket() {
  static MetricsRegistry registry;
  static Executor executor("io", 4);
  auto cache = std::make_unique<MemoryCache>(MemoryCacheOptions(), MemoryCacheMetrics(registry, "cache_"));
  return NewCachingBucket(NewMemoryBucket(), std::move(cache), {.blocks_iter_ttl = std::chrono::milliseconds(0)}, executor,
                          registry);
}

}  // namespace
INSTANTIATE_TEST_SUITE_P(Cached, BucketContract, testing::Values(NewCachedMemoryBucket));
}  // namespace varve
