#include "blocks/uploaded_index_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/index_header.h"
#include "blocks/testing/bucket_with_block.h"
#include "blocks/upload_block.h"
#include "runtime/memory_budget.h"

namespace varve {
namespace {

using testing::HasSubstr;

BlockBuilder SomeSeries() {
  BlockBuilder builder;
  for (int i = 0; i < 200; ++i) builder.Add(Labels{{"__name__", "up"}, {"instance", fmt::format("host-{:03}", i)}}, 0, 1.0);
  return builder;
}

class UploadedIndexHeaderTest : public testing::Test {
 protected:
  ByteBuffer Packed() { return *PackedIndexHeaderOf(RealFiles(), directory(), world_.meta.id); }
  std::string directory() const { return world_.scratch.path() + "/local/" + world_.meta.id.ToString(); }
  // What the store does; the operations it takes are counted in the bucket.
  absl::StatusOr<std::shared_ptr<const IndexHeader>> Load(uint64_t uploaded_bytes) {
    LazyIndexHeader lazy(world_.environment, world_.meta.id, world_.Object("index").size(), uploaded_bytes);
    EXPECT_TRUE(lazy.RemoveFile().ok());
    world_.bucket.Set({});
    return lazy.Get(Context());
  }

  BucketWithBlock world_{SomeSeries()};
};

TEST_F(UploadedIndexHeaderTest, IsTheHeaderBuiltFromTheIndex) {
  const ByteBuffer built = *BuildIndexHeader(Context(), world_.environment.source, world_.meta.id);
  const ByteBuffer packed = Packed();
  const auto unpacked = UnpackIndexHeader(Context(), world_.meta.id, world_.Object("index").size(), packed);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_EQ(*unpacked, built);
  EXPECT_LT(packed.size(), built.size());
}

TEST_F(UploadedIndexHeaderTest, AStoreReadsItInOneRequest) {
  const ByteBuffer packed = Packed();
  world_.Replace(kUploadedIndexHeaderName, AsText(packed));
  const auto header = Load(packed.size());
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(world_.bucket.operations(), 1);
  EXPECT_EQ((*header)->postings().ValueCount("instance"), 200u);
}

TEST_F(UploadedIndexHeaderTest, ABadOneIsBuiltAround) {
  const ByteBuffer good = Packed();
  const size_t bits = good.size() * 8;
  for (size_t bit = 0; bit < bits; bit += bits / 97) {
    ByteBuffer bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(UnpackIndexHeader(Context(), world_.meta.id, 0, bad).ok()) << bit;
    world_.Replace(kUploadedIndexHeaderName, AsText(bad));
    EXPECT_TRUE(Load(bad.size()).ok());
  }
  EXPECT_TRUE(Load(good.size() + 1).ok());  // meta.json is wrong about it
  world_.Replace(kUploadedIndexHeaderName,
                 AsText(PackIndexHeader(world_.meta.id, world_.Object("index").size(), AsBytes("nonsense"))));
  EXPECT_TRUE(Load(world_.Object(kUploadedIndexHeaderName).size()).ok());
  ASSERT_TRUE(world_.bucket.inner().Delete(Context(), world_.meta.id.ToString() + "/varve-index-header").ok());
  EXPECT_TRUE(Load(good.size()).ok());
}

TEST_F(UploadedIndexHeaderTest, OfAnotherBlockOrIndexOrVersionIsRefused) {
  const uint64_t index_bytes = world_.Object("index").size();
  ByteBuffer packed = Packed();
  EXPECT_TRUE(absl::IsDataLoss(UnpackIndexHeader(Context(), FakeUlid(7), index_bytes, packed).status()));
  EXPECT_TRUE(absl::IsDataLoss(UnpackIndexHeader(Context(), world_.meta.id, index_bytes + 1, packed).status()));
  EXPECT_TRUE(absl::IsDataLoss(UnpackIndexHeader(Context(), world_.meta.id, 0, Bytes(packed).first(20)).status()));
  packed[4] = std::byte{2};
  EXPECT_TRUE(absl::IsUnimplemented(UnpackIndexHeader(Context(), world_.meta.id, 0, packed).status()));
}

TEST_F(UploadedIndexHeaderTest, UnpackingCountsOnTheBudget) {
  MemoryBudget budget("query", 100);
  EXPECT_TRUE(absl::IsResourceExhausted(UnpackIndexHeader(Context().WithMemory(&budget), world_.meta.id, 0, Packed()).status()));
  EXPECT_EQ(budget.used(), 0);
}

TEST_F(UploadedIndexHeaderTest, TheUploaderPutsItThereAndListsIt) {
  BlockMeta meta = *ReadBlockMeta(RealFiles(), directory());
  meta.thanos.emplace();
  meta.thanos->labels["cluster"] = "a";
  ASSERT_TRUE(WriteBlockMeta(RealFiles(), directory(), meta).ok());
  const UploadEnvironment environment = {world_.bucket, RealFiles(), world_.executor, world_.clock};
  const auto without = UploadBlock(Context(), environment, directory(), {});
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(UploadedIndexHeaderBytes(*without), 0u);
  const auto uploaded = UploadBlock(Context(), environment, directory(), {.index_header = true});
  ASSERT_TRUE(uploaded.ok()) << uploaded.status();
  EXPECT_EQ(UploadedIndexHeaderBytes(*uploaded), world_.Object(kUploadedIndexHeaderName).size());
  EXPECT_THAT(world_.Object("meta.json"), HasSubstr("varve-index-header"));
  EXPECT_TRUE(Load(UploadedIndexHeaderBytes(*uploaded)).ok());
  EXPECT_EQ(world_.bucket.operations(), 1);
}

}  // namespace
}  // namespace varve
