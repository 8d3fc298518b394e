#include "promql/planner/optimization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace varve::promql {
namespace {

TEST(OptimizationTest, TheTableIsInTheOrderOfTheEnum) {
  for (size_t i = 0; i < AllOptimizations().size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(AllOptimizations()[i].id), i);
    EXPECT_EQ(DefaultOptimizations().Has(AllOptimizations()[i].id), AllOptimizations()[i].by_default);
  }
}

TEST(OptimizationTest, NamesSwitchThemOff) {
  EXPECT_EQ(*WithoutOptimizations(""), DefaultOptimizations());
  EXPECT_TRUE(WithoutOptimizations("all")->empty());
  const OptimizationSet set = *WithoutOptimizations("step-invariance,constant-folding");
  EXPECT_FALSE(set.Has(Optimization::kConstantFolding));
  EXPECT_FALSE(set.Has(Optimization::kStepInvariance));
  EXPECT_TRUE(set.Has(Optimization::kHistogramStats));
  EXPECT_TRUE(WithOptimizations(set, "constant-folding")->Has(Optimization::kConstantFolding));
}

TEST(OptimizationTest, AnUnknownNameIsRefusedWithTheOnesThereAre) {
  const absl::Status status = WithoutOptimizations("step-invariance,magic").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(R"("magic" is not an optimization)"));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("all, constant-folding, "));
}

}  // namespace
}  // namespace varve::promql
