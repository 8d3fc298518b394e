#include "promql/engine/step_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace varve::promql {
namespace {

using testing::ElementsAre;

std::vector<size_t> Steps(const StepMask& mask) {
  std::vector<size_t> steps;
  mask.ForEach([&](size_t step) { steps.push_back(step); });
  return steps;
}

StepMask MaskOf(size_t size, std::initializer_list<size_t> steps) {
  StepMask mask(size);
  for (const size_t step : steps) mask.Set(step);
  return mask;
}

TEST(StepMaskTest, IsASetOfSteps) {
  StepMask mask = MaskOf(130, {0, 63, 64, 129});
  EXPECT_THAT(Steps(mask), ElementsAre(0, 63, 64, 129));
  EXPECT_EQ(mask.Count(), 4u);
  EXPECT_EQ(mask.First(), 0u);
  mask &= MaskOf(130, {1, 64, 129});
  EXPECT_THAT(Steps(mask), ElementsAre(64, 129));
  mask |= MaskOf(130, {5});
  mask.AndNot(MaskOf(130, {129}));
  EXPECT_THAT(Steps(mask), ElementsAre(5, 64));
  EXPECT_TRUE(mask.Intersects(MaskOf(130, {64})));
  EXPECT_FALSE(mask.Intersects(MaskOf(130, {65})));
}

TEST(StepMaskTest, FillStopsAtTheLastStep) {
  for (const size_t size : {1, 63, 64, 65, 128, 200}) {
    StepMask mask(size);
    EXPECT_EQ(mask.First(), size);
    mask.Fill();
    EXPECT_TRUE(mask.All());
    EXPECT_EQ(mask.Count(), size);
  }
}

TEST(StepSeriesTest, HoldsFloatsAndHistograms) {
  StepSeries series;
  series.Reset(4);
  series.SetFloat(0, 1);
  series.SetHistogram(2, FloatHistogram{.count = 3});
  EXPECT_TRUE(series.IsHistogram(2));
  EXPECT_FALSE(series.IsHistogram(0));
  EXPECT_EQ(series.SampleCount(), 1 + (168 + 8) / 16);
  EXPECT_TRUE(series.DropHistograms());
  EXPECT_THAT(Steps(series.present), ElementsAre(0));
  EXPECT_FALSE(series.DropHistograms());
}

TEST(StepSeriesTest, MergesAndKeeps) {
  StepSeries a, b;
  a.Reset(4);
  b.Reset(4);
  a.SetFloat(0, 1);
  b.SetFloat(1, 2);
  b.SetHistogram(3, FloatHistogram{.count = 3});
  a.MergeDisjoint(std::move(b));
  EXPECT_THAT(Steps(a.present), ElementsAre(0, 1, 3));
  EXPECT_EQ(a.values[1], 2);
  a.Keep(MaskOf(4, {0, 2, 3}));
  EXPECT_THAT(Steps(a.present), ElementsAre(0, 3));
  EXPECT_EQ(a.histograms[3]->count, 3);
}

}  // namespace
}  // namespace varve::promql
