#include "blocks/replicate_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/block_names.h"
#include "blocks/check_upload.h"
#include "blocks/testing/compact_world.h"

namespace varve {
namespace {

class ReplicateBlockTest : public testing::Test {
 protected:
  ReplicateBlockTest() {
    BlockBuilder builder;
    for (int i = 0; i < 1000; ++i) builder.Add(Labels{{"a", "1"}}, i * 1000, i);
    id_ = from_.Put(builder, {{"cluster", "x"}}, {.segment_bytes = 1000});
  }
  absl::StatusOr<ReplicationReport> Replicate() {
    return ReplicateBlock(Context(), {from_.bucket, to_.bucket, RealFiles(), to_.scratch.path() + "/way"}, id_);
  }

  CompactWorld from_, to_;
  Ulid id_;
};

TEST_F(ReplicateBlockTest, CopiesOnce) {
  const ReplicationReport report = *Replicate();
  EXPECT_FALSE(report.already_there);
  EXPECT_GT(report.objects, 3u) << "segments, index, meta.json";
  EXPECT_EQ(to_.Object(id_, "meta.json"), from_.Object(id_, "meta.json"));
  EXPECT_EQ(to_.Object(id_, "index"), from_.Object(id_, "index"));
  EXPECT_EQ(to_.Content().size(), 1u);
  EXPECT_TRUE(CheckObjects(Context(), to_.bucket, *ParseBlockMeta(from_.Object(id_, "meta.json"))).ok());
  EXPECT_TRUE(Replicate()->already_there);
}

TEST_F(ReplicateBlockTest, FinishesWhatWasBegun) {
  to_.Replace(id_, "chunks/000001", "half of it");
  to_.Replace(id_, "index", from_.Object(id_, "index"));
  to_.Replace(id_, "meta.json", "{}");
  ASSERT_TRUE(Replicate().ok());
  EXPECT_EQ(to_.Object(id_, "chunks/000001"), from_.Object(id_, "chunks/000001"));
  EXPECT_EQ(to_.Object(id_, "meta.json"), from_.Object(id_, "meta.json"));
}

TEST_F(ReplicateBlockTest, ABlockThatIsNotWholeStays) {
  ASSERT_TRUE(from_.bucket.inner().Delete(Context(), BlockObjectName(id_, "chunks/000001")).ok());
  EXPECT_TRUE(absl::IsNotFound(Replicate().status()));
  EXPECT_FALSE(to_.HasObject(id_, "meta.json"));
}

// Wherever it dies, no half block is taken for a whole one, and the next attempt finishes.
TEST_F(ReplicateBlockTest, SurvivesACrashAtEveryOperation) {
  for (int64_t crash_at = 0; crash_at < 30; ++crash_at) {
    CompactWorld to;
    to.bucket.Set({.crash_at_operation = crash_at});
    const ReplicationEnvironment environment{from_.bucket, to.bucket, RealFiles(), to.scratch.path() + "/way"};
    ReplicateBlock(Context(), environment, id_).status().IgnoreError();
    to.bucket.Set({});
    const BlockMeta meta = *ParseBlockMeta(from_.Object(id_, "meta.json"));
    EXPECT_TRUE(!to.HasObject(id_, "meta.json") || CheckObjects(Context(), to.bucket, meta).ok()) << "crash_at=" << crash_at;
    ASSERT_TRUE(ReplicateBlock(Context(), environment, id_).ok());
    EXPECT_TRUE(CheckObjects(Context(), to.bucket, meta).ok()) << "crash_at=" << crash_at;
  }
}

}  // namespace
}  // namespace varve
