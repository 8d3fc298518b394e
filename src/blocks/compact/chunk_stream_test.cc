#include "blocks/compact/chunk_stream.h"

#include <gtest/gtest.h>

#include <random>

#include "blocks/testing/bucket_with_block.h"
#include "tsdb/block_reader.h"

namespace varve {
namespace {

// Chunks of many sizes, in several segments.
BlockBuilder ManyChunks() {
  BlockBuilder builder;
  std::mt19937 random(11);
  for (int series = 0; series < 60; ++series) {
    builder.set_samples_per_chunk(40);
    for (int i = 0; i < 200; ++i) {
      builder.Add(Labels{{"s", fmt::format("{:03}", series)}}, i * 1000, series % 3 == 0 ? 1.0 : static_cast<double>(random()));
    }
  }
  return builder;
}

class ChunkStreamTest : public testing::TestWithParam<uint64_t> {
 protected:
  ChunkStreamTest() : world_(ManyChunks(), {.segment_bytes = 20'000}) {
    auto block = BlockReader::Open(RealFiles(), world_.scratch.path() + "/local/" + world_.meta.id.ToString());
    block_ = *block;
    const PostingsView refs = *block_->index().ReadPostings(*block_->index().postings_offsets().AllSeries());
    SeriesEntry entry;
    for (size_t i = 0; i < refs.size(); ++i) {
      EXPECT_TRUE(block_->index().ReadSeries(refs[i], entry).ok());
      for (const ChunkMeta& chunk : entry.chunks) refs_.push_back(chunk.ref);
    }
  }

  void ExpectReads(ChunkStream& stream, uint64_t ref) {
    std::shared_ptr<const void> owner;
    const auto read = stream.Read(Context(), ref, owner);
    ASSERT_TRUE(read.ok()) << read.status();
    const EncodedChunk expected = *block_->chunks().Read(ref);
    EXPECT_EQ(read->encoding, expected.encoding);
    EXPECT_TRUE(std::ranges::equal(read->data, expected.data));
    EXPECT_NE(owner, nullptr);
  }

  BucketWithBlock world_;
  std::shared_ptr<const BlockReader> block_;
  std::vector<uint64_t> refs_;
};

INSTANTIATE_TEST_SUITE_P(Windows, ChunkStreamTest, testing::Values(1, 100, 1000, 30'000));

TEST_P(ChunkStreamTest, ReadsFrontToBack) {
  ChunkStream stream(world_.bucket, world_.executor, world_.meta.id,
                     {.window_bytes_min = GetParam(), .window_bytes_max = 4 * GetParam()});
  ASSERT_GT(block_->chunks().segment_count(), 2u);
  for (const uint64_t ref : refs_) ExpectReads(stream, ref);
}

TEST_P(ChunkStreamTest, ReadsInAnyOrder) {
  ChunkStream stream(world_.bucket, world_.executor, world_.meta.id,
                     {.window_bytes_min = GetParam(), .window_bytes_max = 4 * GetParam()});
  std::mt19937 random(5);
  for (int i = 0; i < 200; ++i) ExpectReads(stream, refs_[random() % refs_.size()]);
}

TEST_P(ChunkStreamTest, BytesStayWhileTheirOwnerDoes) {
  std::vector<std::pair<EncodedChunk, std::shared_ptr<const void>>> kept;
  {
    ChunkStream stream(world_.bucket, world_.executor, world_.meta.id,
                       {.window_bytes_min = GetParam(), .window_bytes_max = 4 * GetParam()});
    for (const uint64_t ref : refs_) {
      std::shared_ptr<const void> owner;
      kept.emplace_back(*stream.Read(Context(), ref, owner), nullptr);
      kept.back().second = owner;
    }
  }
  for (size_t i = 0; i < kept.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(kept[i].first.data, block_->chunks().Read(refs_[i])->data));
  }
}

TEST_P(ChunkStreamTest, SaysWhatIsWrong) {
  ChunkStream stream(world_.bucket, world_.executor, world_.meta.id,
                     {.window_bytes_min = GetParam(), .window_bytes_max = 4 * GetParam()});
  std::shared_ptr<const void> owner;
  EXPECT_TRUE(absl::IsNotFound(stream.Read(Context(), MakeChunkRef(99, 8), owner).status()));
  EXPECT_TRUE(absl::IsDataLoss(stream.Read(Context(), MakeChunkRef(0, 3), owner).status()));
  EXPECT_TRUE(absl::IsDataLoss(stream.Read(Context(), MakeChunkRef(0, 1'000'000), owner).status()));
  EXPECT_TRUE(absl::IsDataLoss(stream.Read(Context(), refs_[0] + 1, owner).status()));
  ExpectReads(stream, refs_[0]);
  world_.bucket.Set({.seed = 3, .fail = 0.2, .truncate = 0.2});
  for (const uint64_t ref : refs_) {
    const auto read = stream.Read(Context(), ref, owner);
    EXPECT_TRUE(!read.ok() || std::ranges::equal(read->data, block_->chunks().Read(ref)->data));
  }
}

}  // namespace
}  // namespace varve
