#include "model/column_scans.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "model/sample.h"

namespace varve {
namespace {

// Sizes around the blocks and vectors that the scans work in.
constexpr size_t kSizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 511, 512, 513, 514, 1023, 1024, 1025, 1500};

TEST(ColumnScansTest, StrictlyAscendSeesEqualAndFallingTimes) {
  for (const size_t size : kSizes) {
    std::vector<TimestampMs> times(size);
    for (size_t i = 0; i < size; ++i) times[i] = static_cast<TimestampMs>(i) * 15'000 - 100'000;
    EXPECT_TRUE(StrictlyAscend(times)) << size;
    for (size_t at = 1; at < size; at += 1 + size / 50) {
      std::vector<TimestampMs> equal = times;
      equal[at] = equal[at - 1];
      EXPECT_FALSE(StrictlyAscend(equal)) << size << " at " << at;
    }
  }
}

TEST(ColumnScansTest, FindStaleFindsTheMarkerAndNoOtherNaN) {
  for (const size_t size : kSizes) {
    std::vector<double> values(size, std::nan(""));
    EXPECT_EQ(FindStale(values), size);
    for (size_t at = 0; at < size; at += 1 + size / 50) {
      std::vector<double> stale = values;
      stale[at] = StaleNan();
      EXPECT_EQ(FindStale(stale), at);
      EXPECT_EQ(FindStale(stale, at), at);
      EXPECT_EQ(FindStale(stale, at + 1), size);
    }
  }
}

TEST(ColumnScansTest, FindDropAgreesWithALoop) {
  std::mt19937 random(3);
  for (const size_t size : kSizes) {
    for (int round = 0; round < 20; ++round) {
      std::vector<double> values(size);
      for (size_t i = 0; i < size; ++i) values[i] = random() % 300 == 0 ? 0 : random() % 100 == 0 ? std::nan("") : double(i);
      for (size_t from = 1; from < size; from += 1 + random() % 100) {
        size_t expected = from;
        while (expected < size && !(values[expected] < values[expected - 1])) ++expected;
        EXPECT_EQ(FindDrop(values, from), expected) << size << " from " << from;
      }
      EXPECT_EQ(FindDrop(values, size + 1), size);
    }
  }
}

}  // namespace
}  // namespace varve
