#include "tsdb/postings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/byte_writer.h"
#include "base/crc32c.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A list as it is in an index, with the bytes it points into.
struct ListBytes {
  explicit ListBytes(const Postings& refs) {
    ByteWriter writer;
    writer.U32(static_cast<uint32_t>(4 + 4 * refs.size()));
    writer.U32(static_cast<uint32_t>(refs.size()));
    for (const SeriesRef ref : refs) writer.U32(ref);
    writer.U32(Crc32c(writer.bytes().subspan(4)));
    bytes = writer.Release();
  }
  PostingsView view() const { return *PostingsView::Parse(bytes); }
  ByteBuffer bytes;
};

Postings RandomRefs(std::mt19937& random, size_t count, SeriesRef below) {
  Postings refs(count);
  for (SeriesRef& ref : refs) ref = static_cast<SeriesRef>(random() % below);
  std::ranges::sort(refs);
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  return refs;
}

TEST(PostingsTest, ReadsAListWhereItIs) {
  const ListBytes list({1, 5, 9, 0xffffffff});
  ByteBuffer longer = list.bytes;
  longer.resize(longer.size() + 3);  // padding
  const PostingsView view = *PostingsView::Parse(longer);
  EXPECT_THAT(view.ToVector(), ElementsAre(1, 5, 9, 0xffffffff));
  EXPECT_EQ(view.front(), 1u);
  EXPECT_EQ(view.back(), 0xffffffff);
  EXPECT_THAT(ListBytes({}).view().ToVector(), IsEmpty());
}

TEST(PostingsTest, RefusesDamage) {
  const ListBytes list({1, 5, 9});
  for (size_t size = 0; size < list.bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(PostingsView::Parse(Bytes(list.bytes).first(size)).status())) << size;
  }
  for (size_t i = 0; i < list.bytes.size(); ++i) {
    ByteBuffer flipped = list.bytes;
    flipped[i] ^= std::byte{0x10};
    EXPECT_TRUE(absl::IsDataLoss(PostingsView::Parse(flipped).status())) << i;
  }
  EXPECT_TRUE(absl::IsDataLoss(PostingsView::Parse(ListBytes({5, 5}).bytes).status()));
  EXPECT_TRUE(absl::IsDataLoss(PostingsView::Parse(ListBytes({5, 1}).bytes).status()));
}

TEST(PostingsTest, SeeksFromEveryPositionToEveryTarget) {
  const ListBytes list({2, 4, 6, 20, 21, 22, 40, 80, 81, 200});
  const PostingsView view = list.view();
  const Postings refs = view.ToVector();
  for (size_t from = 0; from <= refs.size(); ++from) {
    for (SeriesRef target = 0; target < 210; ++target) {
      const auto expected = std::lower_bound(refs.begin() + static_cast<std::ptrdiff_t>(from), refs.end(), target) - refs.begin();
      ASSERT_EQ(view.Seek(from, target), static_cast<size_t>(expected)) << from << " " << target;
    }
  }
}

TEST(PostingsTest, SetOperationsAgreeWithTheStandardLibrary) {
  std::mt19937 random(3);
  const struct {
    size_t a, b;
    SeriesRef below;
  } kShapes[] = {{0, 10, 50},        {10, 10, 20},       {1000, 1000, 3000},
                 {5, 20000, 100000}, {20000, 5, 100000}, {300, 300, 4'000'000'000}};
  for (const auto& shape : kShapes) {
    for (int round = 0; round < 20; ++round) {
      const Postings a = RandomRefs(random, shape.a, shape.below);
      const Postings b = RandomRefs(random, shape.b, shape.below);
      const Postings c = RandomRefs(random, shape.b, shape.below);
      const ListBytes b_bytes(b);
      const ListBytes c_bytes(c);

      Postings expected;
      std::ranges::set_intersection(a, b, std::back_inserter(expected));
      EXPECT_EQ(Intersect({PostingsView(a), b_bytes.view()}), expected);
      EXPECT_EQ(Intersects(PostingsView(a), b_bytes.view()), !expected.empty());

      Postings difference;
      std::ranges::set_difference(a, b, std::back_inserter(difference));
      Postings subtracted = a;
      Subtract(subtracted, b_bytes.view());
      EXPECT_EQ(subtracted, difference);

      Postings two, three;
      std::ranges::set_union(a, b, std::back_inserter(two));
      std::ranges::set_union(two, c, std::back_inserter(three));
      EXPECT_EQ(Merge(std::vector<PostingsView>{PostingsView(a), b_bytes.view(), c_bytes.view()}), three);
    }
  }
  EXPECT_THAT(Intersect({}), IsEmpty());
  EXPECT_THAT(Merge({}), IsEmpty());
}

TEST(PostingsTest, MergesSparseAndDenseListsAlike) {
  const ListBytes ends({0, 0xffffffff});
  const ListBytes middle({7});
  EXPECT_THAT(Merge(std::vector<PostingsView>{ends.view(), middle.view()}), ElementsAre(0, 7, 0xffffffff));
  const ListBytes close({100, 163, 164});
  const ListBytes closer({101, 163});
  EXPECT_THAT(Merge(std::vector<PostingsView>{close.view(), closer.view()}), ElementsAre(100, 101, 163, 164));
}

}  // namespace
}  // namespace varve
