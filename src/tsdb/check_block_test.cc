#include "tsdb/check_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

class CheckBlockTest : public testing::Test {
 protected:
  CheckBlockTest() {
    BlockBuilder builder;
    for (int series = 0; series < 30; ++series) {
      const Labels labels{{"__name__", fmt::format("m{}", series % 3)}, {"pod", fmt::format("p{}", series)}};
      for (int i = 0; i < 150; ++i) builder.Add(labels, i * 1000, i * 1.1);
    }
    meta_ = builder.Write(scratch_.path());
    directory_ = JoinPath(scratch_.path(), meta_.id.ToString());
  }
  absl::Status Check() { return CheckLocalBlock(Context(), RealFiles(), directory_); }

  const ScratchDirectory scratch_;
  BlockMeta meta_;
  std::string directory_;
};

TEST_F(CheckBlockTest, AcceptsAWholeBlock) { EXPECT_TRUE(Check().ok()) << Check(); }

TEST_F(CheckBlockTest, FindsEveryFlippedBit) {
  std::mt19937 random(3);
  for (const char* part : {"index", "chunks/000001"}) {
    const std::string path = JoinPath(directory_, part);
    const std::string whole = *RealFiles().ReadAll(path);
    for (int round = 0; round < 150; ++round) {
      std::string bytes = whole;
      const size_t at = random() % bytes.size();
      bytes[at] ^= static_cast<char>(1 << random() % 8);
      ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes(bytes)).ok());
      const absl::Status status = Check();
      const bool padding = whole[at] == 0;  // between sections and series: nothing reads it
      EXPECT_TRUE(padding || !status.ok()) << part << " at " << at;
    }
    ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes(whole)).ok());
  }
}

TEST_F(CheckBlockTest, CountsHaveToAgreeWithTheMeta) {
  for (uint64_t BlockStats::*count : {&BlockStats::samples, &BlockStats::series, &BlockStats::chunks}) {
    BlockMeta wrong = meta_;
    ++(wrong.stats.*count);
    ASSERT_TRUE(WriteBlockMeta(RealFiles(), directory_, wrong).ok());
    EXPECT_TRUE(absl::IsDataLoss(Check()));
  }
}

TEST_F(CheckBlockTest, ChunksHaveToBeInTheBlocksRange) {
  BlockMeta wrong = meta_;
  wrong.range.max_exclusive -= 1000;
  ASSERT_TRUE(WriteBlockMeta(RealFiles(), directory_, wrong).ok());
  EXPECT_TRUE(absl::IsDataLoss(Check()));
}

}  // namespace
}  // namespace varve
