#include "objstore/cache/cache_record.h"

#include <gtest/gtest.h>

namespace varve {
namespace {

TEST(CacheRecordTest, ComesBack) {
  for (const std::string_view value : {"", "a", "some bytes"}) {
    const ByteBuffer record = SealCacheRecord("key", AsBytes(value));
    EXPECT_EQ(record.size(), value.size() + kCacheRecordOverheadBytes);
    const auto opened = OpenCacheRecord("key", record);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(AsText(*opened), value);
  }
}

TEST(CacheRecordTest, NothingElseIsTakenForIt) {
  const ByteBuffer record = SealCacheRecord("key", AsBytes("some bytes"));
  EXPECT_FALSE(OpenCacheRecord("kez", record).has_value());
  EXPECT_FALSE(OpenCacheRecord("keys", SealCacheRecord("key", AsBytes("some"))).has_value());
  EXPECT_FALSE(OpenCacheRecord("key", SealCacheRecord("keys", AsBytes("ome"))).has_value());
  for (size_t size = 0; size < record.size(); ++size) EXPECT_FALSE(OpenCacheRecord("key", Bytes(record).first(size)).has_value());
  for (size_t bit = 0; bit < record.size() * 8; ++bit) {
    ByteBuffer bad = record;
    bad[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(OpenCacheRecord("key", bad).has_value()) << bit;
  }
}

TEST(CacheRecordTest, KeysFitAServer) {
  EXPECT_EQ(CacheServerKey("p:", "01ARZ:S:17"), "p:01ARZ:S:17");
  const std::string long_key(300, 'a');
  EXPECT_EQ(CacheServerKey("", long_key).size(), 70u);
  EXPECT_NE(CacheServerKey("", long_key), CacheServerKey("", long_key + "a"));
  for (const char* key : {"a b", "a\nset x 0 0 1\r\ny", "\x7f", "\xff"})
    EXPECT_TRUE(CacheServerKey("", key).starts_with("varve:")) << key;
}

}  // namespace
}  // namespace varve
