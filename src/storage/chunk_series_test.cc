#include "storage/chunk_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/errors.h"
#include "storage/loser_tree.h"

namespace varve {
namespace {

using testing::ElementsAre;

ChunkView Chunk(TimestampMs min, TimestampMs max, std::string_view data, Aggregate aggregate = Aggregate::kRaw) {
  return {.min_time = min, .max_time = max, .encoding = ChunkEncoding::kXor, .aggregate = aggregate, .data = AsBytes(data)};
}

ChunkSeries One(std::string_view name, std::vector<ChunkView> chunks, std::shared_ptr<const void> owner = nullptr) {
  ChunkSeries series{.labels = Labels{{"a", name}}, .chunks = std::move(chunks), .owners = {}};
  if (owner != nullptr) series.owners.push_back(std::move(owner));
  return series;
}

std::unique_ptr<ChunkSeriesSet> Set(std::vector<ChunkSeries> series) { return NewChunkSeriesSet(std::move(series)); }

template <typename... Sets>
std::unique_ptr<ChunkSeriesSet> Merge(Sets... sets) {
  std::vector<std::unique_ptr<ChunkSeriesSet>> children;
  (children.push_back(std::move(sets)), ...);
  return MergeChunkSeriesSets(std::move(children));
}

// "name: min-max=data ..." for each series; takes the series out of the set, as a real reader may.
std::vector<std::string> Drain(ChunkSeriesSet& set) {
  std::vector<std::string> lines;
  while (set.Next()) {
    const ChunkSeries series = std::move(set.At());
    std::string line = fmt::format("{}:", series.labels.Get("a"));
    for (const ChunkView& chunk : series.chunks)
      line += fmt::format(" {}-{}={}", chunk.min_time, chunk.max_time, AsText(chunk.data));
    lines.push_back(std::move(line));
  }
  return lines;
}

class WarningSet : public ChunkSeriesSet {
 public:
  explicit WarningSet(std::string warning) : warning_(std::move(warning)) {}
  bool Next() override { return false; }
  ChunkSeries& At() override { return none_; }
  const absl::Status& status() const override { return status_; }
  std::vector<std::string> warnings() const override { return {warning_}; }

 private:
  std::string warning_;
  ChunkSeries none_;
  absl::Status status_;
};

TEST(ChunkSeriesSetTest, MergesSeriesAndJoinsEqualOnes) {
  const auto owner = std::make_shared<int>(1);
  const auto other = std::make_shared<int>(2);
  auto set = Merge(Set({One("a", {Chunk(0, 9, "x")}), One("c", {Chunk(0, 9, "x"), Chunk(20, 29, "z")}, owner)}), Set({}),
                   Set({One("b", {Chunk(5, 6, "b")}), One("c", {Chunk(10, 19, "y"), Chunk(20, 29, "z")}, other)}),
                   Set({One("c", {Chunk(20, 29, "Z")}, owner)}));
  EXPECT_THAT(Drain(*set), ElementsAre("a: 0-9=x", "b: 5-6=b", "c: 0-9=x 10-19=y 20-29=z 20-29=Z"));
  EXPECT_TRUE(set->status().ok());
  EXPECT_FALSE(set->Next());
}

TEST(ChunkSeriesSetTest, AJoinedSeriesKeepsEveryOwnerOnce) {
  const auto owner = std::make_shared<int>(1);
  const auto other = std::make_shared<int>(2);
  auto set = Merge(Set({One("c", {}, owner)}), Set({One("c", {}, other)}), Set({One("c", {}, owner)}));
  ASSERT_TRUE(set->Next());
  EXPECT_THAT(set->At().owners, ElementsAre(owner, other));
}

TEST(ChunkSeriesSetTest, AggregatesOfOneChunkStayNeighbours) {
  const std::vector<ChunkView> first = {Chunk(0, 9, "c", Aggregate::kCount), Chunk(0, 9, "s", Aggregate::kSum),
                                        Chunk(10, 19, "c", Aggregate::kCount), Chunk(10, 19, "s", Aggregate::kSum)};
  const std::vector<ChunkView> second = {Chunk(0, 9, "c", Aggregate::kCount), Chunk(0, 9, "s", Aggregate::kSum),
                                         Chunk(10, 19, "C", Aggregate::kCount), Chunk(10, 19, "S", Aggregate::kSum)};
  auto set = Merge(Set({One("a", first)}), Set({One("a", second)}));
  EXPECT_THAT(Drain(*set), ElementsAre("a: 0-9=c 0-9=s 10-19=c 10-19=s 10-19=C 10-19=S"));
}

TEST(ChunkSeriesSetTest, AggregatesOfOneChunkStayOrGoTogether) {
  const auto replica = [](std::string_view sum) {
    return Set({One("x", {Chunk(0, 9, "count", Aggregate::kCount), Chunk(0, 9, sum, Aggregate::kSum)})});
  };
  auto merged = Merge(replica("sum1"), replica("sum2"), replica("sum1"));
  EXPECT_THAT(Drain(*merged), ElementsAre("x: 0-9=count 0-9=sum1 0-9=count 0-9=sum2"));
}

TEST(ChunkSeriesSetTest, TheFirstFailureEndsTheMerge) {
  auto set = Merge(Set({One("a", {})}), NewFailedChunkSeriesSet(Unavailable("store-1 is away")));
  EXPECT_FALSE(set->Next());
  EXPECT_EQ(set->status(), Unavailable("store-1 is away"));
  EXPECT_FALSE(set->Next());
}

TEST(ChunkSeriesSetTest, WarningsOfAllChildrenOnce) {
  auto set = Merge(std::make_unique<WarningSet>("w1"), std::make_unique<WarningSet>("w2"), std::make_unique<WarningSet>("w1"));
  EXPECT_FALSE(set->Next());
  EXPECT_THAT(set->warnings(), ElementsAre("w1", "w2"));
}

TEST(ChunkSeriesSetTest, SortsAndJoinsNeighbours) {
  auto set = SortChunkSeriesSet(Set({One("b", {Chunk(10, 19, "2")}), One("a", {Chunk(0, 9, "1")}), One("b", {Chunk(0, 9, "1")}),
                                     One("b", {Chunk(10, 19, "2")})}));
  EXPECT_THAT(Drain(*set), ElementsAre("a: 0-9=1", "b: 0-9=1 10-19=2"));
  EXPECT_FALSE(set->Next());
  EXPECT_TRUE(set->status().ok());
  auto failed = SortChunkSeriesSet(NewFailedChunkSeriesSet(DataLoss("bad")));
  EXPECT_FALSE(failed->Next());
  EXPECT_EQ(failed->status(), DataLoss("bad"));
}

TEST(ChunkSeriesSetTest, MergesManyChildrenInOrder) {
  std::mt19937 random(7);
  std::set<std::string> expected;
  std::vector<std::unique_ptr<ChunkSeriesSet>> children;
  for (int child = 0; child < 13; ++child) {
    std::set<std::string> names;
    for (int i = 0; i < 50; ++i) names.insert(fmt::format("{:04}", random() % 300));
    std::vector<ChunkSeries> series;
    for (const std::string& name : names) series.push_back(One(name, {}));
    expected.insert(names.begin(), names.end());
    children.push_back(Set(std::move(series)));
  }
  auto set = MergeChunkSeriesSets(std::move(children));
  std::vector<std::string> merged;
  for (const std::string& line : Drain(*set)) merged.push_back(line.substr(0, 4));
  EXPECT_EQ(merged, std::vector<std::string>(expected.begin(), expected.end()));
}

TEST(LoserTreeTest, EachSizeYieldsASortedWhole) {
  for (size_t players = 1; players <= 20; ++players) {
    std::mt19937 random(static_cast<unsigned>(players));
    std::vector<std::vector<unsigned>> sources(players);
    std::vector<unsigned> all;
    for (auto& source : sources) {
      for (size_t i = random() % 5; i > 0; --i) all.push_back(source.emplace_back(random() % 20));
      std::sort(source.rbegin(), source.rend());  // the back is next
    }
    std::sort(all.begin(), all.end());
    LoserTree tree(players, [&](size_t a, size_t b) {
      if (sources[a].empty() || sources[b].empty()) return !sources[a].empty() && sources[b].empty();
      return sources[a].back() < sources[b].back();
    });
    std::vector<unsigned> merged;
    for (; !sources[tree.winner()].empty(); tree.Replay()) {
      merged.push_back(sources[tree.winner()].back());
      sources[tree.winner()].pop_back();
    }
    EXPECT_EQ(merged, all);
  }
}

}  // namespace
}  // namespace varve
