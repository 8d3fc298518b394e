#include "promql/functions/sliding_fold.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace varve::promql {
namespace {

// Associative, and not commutative: the order in which values come shows.
struct FirstAndLast {
  double operator()(double first, double second) const {
    const int64_t a = static_cast<int64_t>(first), b = static_cast<int64_t>(second);
    return static_cast<double>(a / 1000 * 1000 + b % 1000);
  }
};

TEST(SlidingFoldTest, FoldsAsOneByOne) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(1 + random() % 300);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * 1000 + i);
    SlidingFold<FirstAndLast> fold(values);
    uint32_t begin = 0, end = 0;
    const uint32_t stride_max = 1 + random() % 20, length_max = 1 + random() % 100;
    for (int step = 0; step < 300; ++step) {
      begin += random() % stride_max;
      end = std::min<uint32_t>(std::max(end, begin + 1 + static_cast<uint32_t>(random() % length_max)),
                               static_cast<uint32_t>(values.size()));
      if (begin >= end) break;
      double expected = values[begin];
      for (uint32_t i = begin + 1; i < end; ++i) expected = FirstAndLast()(expected, values[i]);
      ASSERT_EQ(fold.Fold({begin, end}), expected) << round << ": " << begin << ".." << end;
    }
  }
}

}  // namespace
}  // namespace varve::promql
