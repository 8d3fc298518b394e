#include "model/histogram_reset.h"

#include <gtest/gtest.h>

#include "model/histogram_text.h"
#include "model/testing/histograms.h"

namespace varve {
namespace {

bool Detected(FloatHistogram previous, FloatHistogram current) {
  previous.count = current.count = 100;  // so that buckets decide
  return DetectReset(current, previous);
}

TEST(HistogramResetTest, BucketsDecide) {
  const FloatHistogram base = MakeHistogram(0, {{1, 2}, {3, 4}}, {{1, 1}}, 5, 0.25);
  EXPECT_FALSE(Detected(base, base));
  EXPECT_FALSE(Detected(base, MakeHistogram(0, {{0, 1}, {1, 2}, {2, 1}, {3, 4}, {9, 1}}, {{1, 1}, {2, 1}}, 5, 0.25)));
  EXPECT_TRUE(Detected(base, MakeHistogram(0, {{1, 2}, {3, 3}}, {{1, 1}}, 5, 0.25)));
  EXPECT_TRUE(Detected(base, MakeHistogram(0, {{1, 2}}, {{1, 1}}, 5, 0.25)));
  EXPECT_TRUE(Detected(base, MakeHistogram(0, {{1, 2}, {4, 4}}, {{1, 1}}, 5, 0.25)));
  EXPECT_TRUE(Detected(base, MakeHistogram(0, {{1, 2}, {3, 4}}, {}, 5, 0.25)));
  EXPECT_TRUE(Detected(base, MakeHistogram(0, {{1, 2}, {3, 4}}, {{1, 1}}, 4, 0.25)));
  EXPECT_FALSE(Detected(MakeHistogram(0, {{1, 0}, {5, 0}}), MakeHistogram(0, {})));
}

TEST(HistogramResetTest, TheTotalAndTheHintDecideFirst) {
  FloatHistogram previous = MakeHistogram(0, {{1, 2}}), current = MakeHistogram(0, {{1, 3}});
  EXPECT_FALSE(DetectReset(current, previous));
  current.count = 1;
  EXPECT_TRUE(DetectReset(current, previous));
  current.reset_hint = CounterResetHint::kNotReset;
  EXPECT_FALSE(DetectReset(current, previous));
  current.count = 9;
  current.reset_hint = CounterResetHint::kReset;
  EXPECT_TRUE(DetectReset(current, previous));
  current.reset_hint = CounterResetHint::kGauge;
  EXPECT_FALSE(DetectReset(current, previous));
}

TEST(HistogramResetTest, ResolutionMayOnlyGetCoarser) {
  const FloatHistogram fine = MakeHistogram(1, {{1, 1}, {2, 2}});
  EXPECT_FALSE(Detected(fine, MakeHistogram(0, {{1, 3}})));
  EXPECT_TRUE(Detected(fine, MakeHistogram(0, {{1, 2}})));
  EXPECT_TRUE(Detected(MakeHistogram(0, {{1, 3}}), fine));
}

TEST(HistogramResetTest, TheZeroBucketMayOnlyGetWider) {
  const FloatHistogram narrow = MakeHistogram(0, {{-1, 1}, {0, 2}, {1, 3}}, {{0, 4}}, 5, 0.25);
  EXPECT_FALSE(Detected(narrow, MakeHistogram(0, {{1, 3}}, {}, 12, 1)));
  EXPECT_TRUE(Detected(narrow, MakeHistogram(0, {{1, 3}}, {}, 11, 1)));
  EXPECT_TRUE(Detected(narrow, MakeHistogram(0, {{1, 3}}, {}, 50, 0.75)));  // cuts a bucket that is not empty
  EXPECT_TRUE(Detected(MakeHistogram(0, {{1, 3}}, {}, 12, 1), narrow));
}

TEST(HistogramResetTest, CustomBuckets) {
  const FloatHistogram base = MakeCustomHistogram({1, 2, 3}, {{0, 1}, {1, 2}, {2, 3}, {3, 4}});
  EXPECT_FALSE(Detected(base, base));
  EXPECT_TRUE(Detected(base, MakeCustomHistogram({1, 2, 3}, {{0, 1}, {1, 2}, {2, 3}, {3, 3}})));
  EXPECT_TRUE(Detected(MakeHistogram(0, {{1, 1}}), base));
  EXPECT_TRUE(Detected(base, MakeHistogram(0, {{1, 1}})));
  // Shared bounds 1 and 3: 1, 5 and 4 observations.
  EXPECT_FALSE(Detected(base, MakeCustomHistogram({0, 1, 3}, {{1, 1}, {2, 5}, {3, 4}})));
  EXPECT_TRUE(Detected(base, MakeCustomHistogram({0, 1, 3}, {{1, 1}, {2, 4}, {3, 40}})));
  EXPECT_TRUE(Detected(base, MakeCustomHistogram({0, 1, 3}, {{1, 1}, {2, 5}, {3, 3}})));
  EXPECT_FALSE(Detected(base, MakeCustomHistogram({9}, {{1, 10}})));
}

}  // namespace
}  // namespace varve
