#include "blocks/index_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/testing/fake_blocks.h"
#include "objstore/cache/memory_cache.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class IndexCacheTest : public testing::Test {
 protected:
  std::unique_ptr<IndexCache> NewCache(IndexCacheOptions options = {}) {
    return std::make_unique<IndexCache>(
        std::make_unique<MemoryCache>(MemoryCacheOptions(), MemoryCacheMetrics(registry_, "thanos_store_index_cache_")), options,
        registry_);
  }
  MetricsRegistry registry_;
  const Ulid a_ = FakeUlid(1000), b_ = FakeUlid(2000);
};

TEST_F(IndexCacheTest, KeepsThreeKindsApartAndByBlock) {
  const auto cache = NewCache();
  cache->PutPostings(a_, 7, AsBytes("postings"));
  cache->PutSeries(a_, 7, AsBytes("series"));
  cache->PutExpanded(a_, {Matcher::Equal("x", "1"), Matcher::NotEqual("y", "")}, {3, 70, 100'000});
  const uint64_t offsets[] = {6, 7};
  const SeriesRef refs[] = {7, 8};
  EXPECT_TRUE(cache->GetPostings(Context(), a_, offsets)[0].empty());
  EXPECT_EQ(cache->GetPostings(Context(), a_, offsets)[1].text(), "postings");
  EXPECT_TRUE(cache->GetPostings(Context(), b_, offsets)[1].empty());
  EXPECT_EQ(cache->GetSeries(Context(), a_, refs)[0].text(), "series");
  EXPECT_TRUE(cache->GetSeries(Context(), a_, refs)[1].empty());
  const Matchers turned = {Matcher::NotEqual("y", ""), Matcher::Equal("x", "1")};
  EXPECT_THAT(*cache->GetExpanded(Context(), a_, turned), ElementsAre(3, 70, 100'000));
  EXPECT_FALSE(cache->GetExpanded(Context(), a_, {Matcher::Equal("x", "1")}).has_value());
  EXPECT_FALSE(cache->GetExpanded(Context(), b_, turned).has_value());
  const std::string metrics = MetricsAsText(registry_);
  EXPECT_THAT(metrics, HasSubstr("thanos_store_index_cache_requests_total{item_type=\"Postings\"} 6\n"));
  EXPECT_THAT(metrics, HasSubstr("thanos_store_index_cache_hits_total{item_type=\"Postings\"} 2\n"));
  EXPECT_THAT(metrics, HasSubstr("thanos_store_index_cache_items 3\n"));
}

TEST_F(IndexCacheTest, KeepsOnlyWhatIsEnabled) {
  const auto cache = NewCache({.postings = false, .expanded_postings = false});
  cache->PutPostings(a_, 7, AsBytes("postings"));
  cache->PutExpanded(a_, {}, {1});
  cache->PutSeries(a_, 7, AsBytes("series"));
  const uint64_t offset = 7;
  const SeriesRef ref = 7;
  EXPECT_TRUE(cache->GetPostings(Context(), a_, {&offset, 1})[0].empty());
  EXPECT_FALSE(cache->GetExpanded(Context(), a_, {}).has_value());
  EXPECT_FALSE(cache->GetSeries(Context(), a_, {&ref, 1})[0].empty());
}

TEST(ExpandedPostingsTest, ComeBackOrNotAtAll) {
  for (const Postings& refs : {Postings{}, Postings{0}, Postings{5, 6, 1000, UINT32_MAX}}) {
    const ByteBuffer bytes = EncodeExpandedPostings(refs);
    EXPECT_EQ(DecodeExpandedPostings(bytes), refs);
    for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(DecodeExpandedPostings(Bytes(bytes).first(size)).has_value());
    ByteBuffer longer = bytes;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(DecodeExpandedPostings(longer).has_value());
  }
  EXPECT_FALSE(DecodeExpandedPostings(AsBytes("\xff\xff\xff\xff\x0f")).has_value());         // far more refs than bytes
  EXPECT_FALSE(DecodeExpandedPostings(AsBytes(std::string_view("\2\1\0", 3))).has_value());  // the same ref twice
}

}  // namespace
}  // namespace varve
