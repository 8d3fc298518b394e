#include "blocks/range_planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace varve {
namespace {

std::vector<ByteRange> RangesOf(const std::vector<PlannedRead>& plan) {
  std::vector<ByteRange> ranges;
  for (const PlannedRead& read : plan) ranges.push_back(read.range);
  return ranges;
}

TEST(RangePlannerTest, JoinsWhatIsNear) {
  const ReadCost cost = {.gap_bytes_max = 10, .read_bytes_max = 100};
  struct Case {
    std::vector<ByteRange> wanted, reads;
  };
  const Case cases[] = {
      {{}, {}},
      {{{5, 9}}, {{5, 9}}},
      {{{0, 5}, {15, 20}}, {{0, 20}}},           // a gap of exactly the maximum
      {{{0, 5}, {16, 20}}, {{0, 5}, {16, 20}}},  // and of one more
      {{{0, 50}, {10, 20}, {60, 61}}, {{0, 61}}},
      {{{0, 90}, {95, 101}}, {{0, 90}, {95, 101}}},  // would be too long
      {{{0, 500}, {100, 200}, {505, 506}}, {{0, 500}, {505, 506}}},
      {{{0, 90}, {80, 120}}, {{0, 90}, {80, 120}}},
  };
  for (const Case& c : cases) EXPECT_EQ(RangesOf(PlanReads(c.wanted, cost)), c.reads);
}

TEST(RangePlannerTest, EveryWantedRangeIsCoveredByItsRead) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<ByteRange> wanted(random() % 50);
    for (ByteRange& range : wanted) {
      range.begin = random() % 1000;
      range.end = range.begin + random() % 60;
    }
    std::sort(wanted.begin(), wanted.end(), [](const ByteRange& a, const ByteRange& b) { return a.begin < b.begin; });
    size_t next = 0;
    for (const PlannedRead& read : PlanReads(wanted, {.gap_bytes_max = random() % 40, .read_bytes_max = 50 + random() % 200})) {
      EXPECT_EQ(read.first, next);
      next = read.last;
      for (size_t i = read.first; i < read.last; ++i) {
        EXPECT_GE(wanted[i].begin, read.range.begin);
        EXPECT_LE(wanted[i].end, read.range.end);
      }
    }
    EXPECT_EQ(next, wanted.size());
  }
}

}  // namespace
}  // namespace varve
