#include "blocks/range_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "objstore/filesystem_bucket.h"
#include "objstore/memory_bucket.h"
#include "objstore/testing/faulty_bucket.h"

namespace varve {
namespace {

using testing::HasSubstr;

class RangeFetchTest : public testing::Test {
 protected:
  RangeFetchTest() {
    for (int i = 0; i < 1000; ++i) content_ += static_cast<char>('a' + i % 26);
    EXPECT_TRUE(bucket_.Upload(Context(), "obj", AsBytes(content_)).ok());
  }
  std::string content_;
  FaultyBucket bucket_{NewMemoryBucket()};
  Executor io_{"io", 3};
  FetchSource source_{bucket_, io_, {.gap_bytes_max = 10, .read_bytes_max = 100}};
};

TEST_F(RangeFetchTest, HandsOutWhatWasWanted) {
  const ByteRange wanted[] = {{0, 5}, {3, 8}, {12, 12}, {300, 400}, {990, 1000}, {995, 1200}, {5000, 5001}};
  FetchStats stats;
  const auto fetched = FetchRanges(Context(), source_, "obj", wanted, &stats);
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  ASSERT_EQ(fetched->size(), std::size(wanted));
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(AsText(fetched->bytes(i)), content_.substr(wanted[i].begin, wanted[i].size()));
  }
  EXPECT_EQ(AsText(fetched->bytes(5)), content_.substr(995));
  EXPECT_EQ(fetched->bytes(6).size(), 0u);
  EXPECT_EQ(stats.requests, 5u);
  EXPECT_EQ(stats.bytes, 12u + 100 + 10 + 5 + 0);
}

TEST_F(RangeFetchTest, BytesOutliveTheResultWithTheirOwner) {
  const ByteRange wanted[] = {{10, 20}, {500, 510}};
  auto fetched = FetchRanges(Context(), source_, "obj", wanted);
  ASSERT_TRUE(fetched.ok());
  const Bytes view = fetched->bytes(1);
  const std::shared_ptr<const void> owner = fetched->owner(1);
  *fetched = FetchedRanges();
  EXPECT_EQ(AsText(view), content_.substr(500, 10));
}

TEST_F(RangeFetchTest, MapsWhereTheBucketCan) {
  char directory[] = "/tmp/range_fetch_XXXXXX";
  ASSERT_NE(::mkdtemp(directory), nullptr);
  const auto bucket = NewFilesystemBucket(directory);
  ASSERT_TRUE(bucket.ok() && (*bucket)->Upload(Context(), "obj", AsBytes(content_)).ok());
  const FetchSource source = FetchSourceOf(**bucket, io_);
  const ByteRange wanted[] = {{0, 5}, {300, 400}, {995, 1200}, {5000, 5001}};
  const auto fetched = FetchRanges(Context(), source, "obj", wanted);
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(AsText(fetched->bytes(1)), content_.substr(300, 100));
  EXPECT_EQ(AsText(fetched->bytes(2)), content_.substr(995));
  EXPECT_EQ(fetched->bytes(3).size(), 0u);
  EXPECT_EQ(fetched->owner(0), fetched->owner(3));
  EXPECT_EQ(fetched->held_bytes(), 0u);
  std::filesystem::remove_all(directory);
}

TEST_F(RangeFetchTest, NamesTheObjectThatFails) {
  const ByteRange wanted[] = {{10, 20}, {500, 510}};
  bucket_.Set({.fail = 1});
  const absl::Status status = FetchRanges(Context(), source_, "obj", wanted).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("of obj"));
  EXPECT_TRUE(FetchRanges(Context(), source_, "obj", {}).ok());
}

}  // namespace
}  // namespace varve
