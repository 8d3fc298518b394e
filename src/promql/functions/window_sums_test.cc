#include "promql/functions/window_sums.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

namespace varve::promql {
namespace {

KahanSum OneByOne(std::span<const double> values, Window window, SumFrom from) {
  KahanSum sum;
  for (uint32_t i = window.begin; i < window.end; ++i) {
    if (i == window.begin && from == SumFrom::kFirstValue) {
      sum.sum = values[i];
    } else {
      sum.Add(values[i]);
    }
  }
  return sum;
}

bool SameNumber(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

TEST(WindowSumsTest, AreThoseOfAddingOneByOne) {
  std::mt19937_64 random(11);
  const double special[] = {0.0, -0.0, INFINITY, -INFINITY, std::nan(""), 1e308, -1e308, 5e-324, 1e16, 1};
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values(1 + random() % 200);
    for (double& value : values) {
      value = random() % 40 == 0 && round % 3 == 0 ? special[random() % 10]
                                                   : std::ldexp(double(random() % 2001) - 1000, int(random() % 60) - 30);
    }
    std::vector<Window> windows(random() % 23);
    for (Window& window : windows) {
      window.begin = static_cast<uint32_t>(random() % values.size());
      window.end = window.begin + static_cast<uint32_t>(random() % (values.size() - window.begin + 1));
    }
    for (const SumFrom from : {SumFrom::kZero, SumFrom::kFirstValue}) {
      const std::vector<KahanSum> sums = SumWindows(values, windows, from);
      ASSERT_EQ(sums.size(), windows.size());
      for (size_t i = 0; i < windows.size(); ++i) {
        const KahanSum expected = OneByOne(values, windows[i], from);
        EXPECT_TRUE(SameNumber(sums[i].sum, expected.sum)) << sums[i].sum << " for " << expected.sum;
        EXPECT_TRUE(SameNumber(sums[i].compensation, expected.compensation))
            << sums[i].compensation << " for " << expected.compensation;
      }
    }
  }
}

}  // namespace
}  // namespace varve::promql
