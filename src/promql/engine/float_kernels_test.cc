#include "promql/engine/float_kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "model/kahan_sum.h"

namespace varve::promql {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// Values of very different size, some of them special.
std::vector<double> RandomValues(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<double> values(count);
  for (double& value : values) {
    const uint32_t kind = random() % 20;
    value = std::ldexp(static_cast<double>(random()) - 2e9, static_cast<int>(random() % 120) - 60);
    if (kind == 0) value = 0;
    if (kind == 1) value = -0.0;
  }
  return values;
}

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) || (std::isnan(a) && std::isnan(b));
}

TEST(FloatKernelsTest, CompensatedSumsAreThoseOfKahan) {
  for (const size_t steps : {1, 7, 64, 100, 200}) {
    StepMask present(steps);
    std::vector<double> sums(steps), compensations(steps);
    std::vector<KahanSum> expected(steps);
    for (uint32_t series = 0; series < 50; ++series) {
      std::vector<double> values = RandomValues(steps, series);
      if (series == 40) values[0] = kInf;
      present.Reset(steps);
      if (series % 3 == 0) present.Fill();
      for (size_t step = series % 5; step < steps; step += 2) present.Set(step);
      AddCompensated(present, values, sums, compensations);
      present.ForEach([&](size_t step) { expected[step].Add(values[step]); });
    }
    for (size_t step = 0; step < steps; ++step) {
      EXPECT_TRUE(SameBits(sums[step], expected[step].sum)) << step << " of " << steps;
      EXPECT_TRUE(SameBits(compensations[step], expected[step].compensation)) << step << " of " << steps;
    }
  }
}

TEST(FloatKernelsTest, ComparisonsSetOneBitAStep) {
  const std::vector<double> lhs = RandomValues(130, 1);
  std::vector<double> rhs = RandomValues(130, 2);
  rhs[64] = lhs[64];
  rhs[65] = NAN;
  for (const BinaryOp op : {BinaryOp::kEqual, BinaryOp::kNotEqual, BinaryOp::kGreater, BinaryOp::kGreaterOrEqual, BinaryOp::kLess,
                            BinaryOp::kLessOrEqual}) {
    StepMask kept;
    Compare(op, lhs, rhs, kept);
    for (size_t step = 0; step < lhs.size(); ++step) {
      EXPECT_EQ(kept.Test(step), BinaryOfFloats(op, lhs[step], rhs[step]) != 0) << ToString(op) << " at " << step;
    }
  }
  EXPECT_EQ(BinaryOfFloats(BinaryOp::kNotEqual, NAN, NAN), 1);
  EXPECT_EQ(BinaryOfFloats(BinaryOp::kLessOrEqual, 1, 1), 1);
  EXPECT_EQ(BinaryOfFloats(BinaryOp::kLess, 1, NAN), 0);
}

TEST(FloatKernelsTest, ArithmeticIsThatOfGo) {
  EXPECT_EQ(BinaryOfFloats(BinaryOp::kMod, -5, 3), -2);
  EXPECT_EQ(BinaryOfFloats(BinaryOp::kDiv, 1, 0), kInf);
  EXPECT_EQ(BinaryOfFloats(BinaryOp::kPow, 2, 10), 1024);
  EXPECT_TRUE(std::isnan(BinaryOfFloats(BinaryOp::kMod, 5, 0)));
  EXPECT_DOUBLE_EQ(BinaryOfFloats(BinaryOp::kAtan2, 1, 1), std::atan(1));
}

}  // namespace
}  // namespace varve::promql
