#include "model/histogram_arithmetic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "model/histogram_bounds.h"
#include "model/histogram_text.h"
#include "model/testing/histograms.h"

namespace varve {
namespace {

using testing::ElementsAre;
using Hint = CounterResetHint;

// A histogram as maps, computed with in the plainest way.
struct Plain {
  BucketMap positive, negative;
  friend bool operator==(const Plain&, const Plain&) = default;
};

Plain PlainOf(const FloatHistogram& histogram) {
  Plain plain{SideOf(histogram.positive_spans, histogram.positive), SideOf(histogram.negative_spans, histogram.negative)};
  std::erase_if(plain.positive, [](const auto& bucket) { return bucket.second == 0; });
  std::erase_if(plain.negative, [](const auto& bucket) { return bucket.second == 0; });
  return plain;
}

BucketMap AtSchema(const BucketMap& buckets, int32_t from, int32_t to) {
  BucketMap merged;
  for (const auto& [index, count] : buckets) merged[static_cast<int32_t>(IndexAtSchema(index, from, to))] += count;
  return merged;
}

BucketMap RandomBuckets(std::mt19937& random) {
  BucketMap buckets;
  for (size_t i = random() % 8; i > 0; --i) buckets[static_cast<int32_t>(random() % 24) - 12] = static_cast<double>(random() % 5);
  return buckets;
}

FloatHistogram RandomHistogram(std::mt19937& random) {
  const auto schema = static_cast<int32_t>(random() % 3) - 1;
  return MakeHistogram(schema, RandomBuckets(random), RandomBuckets(random));
}

TEST(HistogramArithmeticTest, AddsAndSubtractsAsMapsDo) {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    const FloatHistogram a = RandomHistogram(random), b = RandomHistogram(random);
    const int32_t schema = std::min(a.schema, b.schema);
    for (const double sign : {1.0, -1.0}) {
      BucketMap positive = AtSchema(SideOf(a.positive_spans, a.positive), a.schema, schema);
      BucketMap negative = AtSchema(SideOf(a.negative_spans, a.negative), a.schema, schema);
      for (const auto& [i, n] : AtSchema(SideOf(b.positive_spans, b.positive), b.schema, schema)) positive[i] += sign * n;
      for (const auto& [i, n] : AtSchema(SideOf(b.negative_spans, b.negative), b.schema, schema)) negative[i] += sign * n;
      FloatHistogram result = a;
      ASSERT_TRUE((sign > 0 ? AddHistogram(result, b) : SubtractHistogram(result, b)).ok());
      ASSERT_EQ(result.schema, schema);
      ASSERT_EQ(result.count, a.count + sign * b.count);
      ASSERT_EQ(result.sum, a.sum + sign * b.sum);
      ASSERT_EQ(PlainOf(result), PlainOf(MakeHistogram(schema, positive, negative))) << ToString(a) << ToString(b);
      CompactHistogram(result);
      ASSERT_EQ(PlainOf(result), PlainOf(MakeHistogram(schema, positive, negative)));
      ASSERT_EQ(std::ranges::count(result.positive, 0), 0);
    }
  }
}

TEST(HistogramArithmeticTest, KahanSumsAgreeWithPlainOnes) {
  std::mt19937 random(12);
  for (int round = 0; round < 300; ++round) {
    FloatHistogram plain = RandomHistogram(random);
    FloatHistogram sum = plain;
    std::optional<FloatHistogram> compensation;
    for (int i = 0; i < 6; ++i) {
      FloatHistogram addend = RandomHistogram(random);
      addend.zero_threshold = std::ldexp(1, static_cast<int>(random() % 4) - 2);
      addend.zero_count = 1;
      ASSERT_TRUE(AddHistogram(plain, addend).ok());
      ASSERT_TRUE(KahanAddHistogram(sum, compensation, addend).ok());
    }
    ASSERT_TRUE(AddHistogram(sum, *compensation).ok());
    ASSERT_EQ(PlainOf(sum), PlainOf(plain));  // small integers: nothing is lost to rounding
    ASSERT_EQ(sum.zero_count, plain.zero_count);
    ASSERT_EQ(sum.zero_threshold, plain.zero_threshold);
    ASSERT_EQ(sum.count, plain.count);
  }
}

TEST(HistogramArithmeticTest, KahanSumsKeepWhatRoundingTakes) {
  const auto with_count = [](double count) { return MakeHistogram(0, {{1, count}}, {{2, count}}, count, 0.1); };
  FloatHistogram sum = with_count(1);
  std::optional<FloatHistogram> compensation;
  for (const double count : {1e100, 1.0, -1e100}) ASSERT_TRUE(KahanAddHistogram(sum, compensation, with_count(count)).ok());
  ASSERT_TRUE(AddHistogram(sum, *compensation).ok());
  EXPECT_THAT(sum.positive, ElementsAre(2));
  EXPECT_THAT(sum.negative, ElementsAre(2));
  EXPECT_EQ(sum.zero_count, 2);
}

TEST(HistogramArithmeticTest, KahanSumsKeepItWhereBucketsMerge) {
  FloatHistogram sum = MakeHistogram(1, {{1, 1}, {2, 1e100}});
  std::optional<FloatHistogram> compensation;
  ASSERT_TRUE(KahanAddHistogram(sum, compensation, MakeHistogram(0, {{1, -1e100}})).ok());
  ASSERT_TRUE(AddHistogram(sum, *compensation).ok());
  EXPECT_THAT(sum.positive, ElementsAre(1));
  sum = MakeHistogram(0, {{1, -1e100}});
  compensation.reset();
  ASSERT_TRUE(KahanAddHistogram(sum, compensation, MakeHistogram(1, {{1, 1}, {2, 1e100}})).ok());
  ASSERT_TRUE(AddHistogram(sum, *compensation).ok());
  EXPECT_THAT(sum.positive, ElementsAre(1));
}

TEST(HistogramArithmeticTest, TheWiderZeroBucketSwallowsBuckets) {
  // Threshold 1 swallows (0.25,0.5] and (0.5,1]; on the negative side [-1,-0.5).
  FloatHistogram narrow = MakeHistogram(0, {{-1, 2}, {0, 3}, {1, 4}}, {{0, 5}, {1, 6}}, 1, 0.125);
  const FloatHistogram wide = MakeHistogram(0, {{1, 10}}, {}, 100, 1);
  ASSERT_TRUE(AddHistogram(narrow, wide).ok());
  EXPECT_EQ(narrow.zero_threshold, 1);
  EXPECT_EQ(narrow.zero_count, 111);
  EXPECT_EQ(PlainOf(narrow), (Plain{{{1, 14}}, {{1, 6}}}));

  FloatHistogram other_way = wide;
  ASSERT_TRUE(AddHistogram(other_way, MakeHistogram(0, {{-1, 2}, {0, 3}, {1, 4}}, {{0, 5}, {1, 6}}, 1, 0.125)).ok());
  EXPECT_TRUE(SameHistogram(other_way, narrow)) << ToString(other_way) << ToString(narrow);
}

TEST(HistogramArithmeticTest, AThresholdWithinABucketMovesToItsEnd) {
  FloatHistogram histogram = MakeHistogram(0, {{0, 3}}, {{1, 5}}, 1, 0.125);
  ASSERT_TRUE(AddHistogram(histogram, MakeHistogram(0, {}, {}, 100, 0.75)).ok());
  EXPECT_EQ(histogram.zero_threshold, 1);
  EXPECT_EQ(histogram.zero_count, 104);
  // Both thresholds lie in buckets of the other side: they grow until they meet.
  FloatHistogram a = MakeHistogram(0, {{2, 1}}, {}, 1, 0.5);
  ASSERT_TRUE(AddHistogram(a, MakeHistogram(0, {{0, 7}}, {{3, 5}}, 2, 3)).ok());
  EXPECT_EQ(a.zero_threshold, 4);
  EXPECT_EQ(a.zero_count, 11);
  EXPECT_EQ(PlainOf(a), (Plain{{}, {{3, 5}}}));
}

TEST(HistogramArithmeticTest, ReconcilesResetHints) {
  struct Case {
    Hint a, b, expected;
    bool collision;
  };
  for (const Case& c : std::vector<Case>{{Hint::kUnknown, Hint::kUnknown, Hint::kUnknown, false},
                                         {Hint::kReset, Hint::kReset, Hint::kReset, false},
                                         {Hint::kGauge, Hint::kReset, Hint::kGauge, false},
                                         {Hint::kNotReset, Hint::kGauge, Hint::kGauge, false},
                                         {Hint::kUnknown, Hint::kReset, Hint::kUnknown, false},
                                         {Hint::kNotReset, Hint::kUnknown, Hint::kUnknown, false},
                                         {Hint::kReset, Hint::kNotReset, Hint::kUnknown, true},
                                         {Hint::kNotReset, Hint::kReset, Hint::kUnknown, true}}) {
    FloatHistogram a = MakeHistogram(0, {{1, 1}}), b = a;
    a.reset_hint = c.a;
    b.reset_hint = c.b;
    const auto notes = AddHistogram(a, b);
    ASSERT_TRUE(notes.ok());
    EXPECT_EQ(a.reset_hint, c.expected);
    EXPECT_EQ(notes->reset_collision, c.collision);
  }
}

TEST(HistogramArithmeticTest, CustomBucketsMeetAtSharedBounds) {
  FloatHistogram a = MakeCustomHistogram({1, 2, 3, 4}, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}});
  const FloatHistogram same = MakeCustomHistogram({1, 2, 3, 4}, {{1, 1}});
  EXPECT_FALSE(AddHistogram(a, same)->bounds_reconciled);
  EXPECT_THAT(a.positive, ElementsAre(1, 3, 3, 4, 5));
  const FloatHistogram other = MakeCustomHistogram({0, 2, 4, 5}, {{0, 10}, {1, 20}, {3, 30}, {4, 40}});
  EXPECT_TRUE(AddHistogram(a, other)->bounds_reconciled);
  EXPECT_THAT(a.custom_values, ElementsAre(2, 4));
  EXPECT_THAT(a.positive, ElementsAre(34, 7, 75));
  EXPECT_TRUE(SubtractHistogram(a, MakeCustomHistogram({7}, {{0, 34}, {1, 1}}))->bounds_reconciled);
  EXPECT_TRUE(a.custom_values.empty());
  EXPECT_THAT(a.positive, ElementsAre(81));
  std::optional<FloatHistogram> compensation;
  FloatHistogram kahan = MakeCustomHistogram({1, 2}, {{0, 1e100}, {1, 1}});
  ASSERT_TRUE(KahanAddHistogram(kahan, compensation, MakeCustomHistogram({2}, {{0, -1e100}, {1, 3}}))->bounds_reconciled);
  ASSERT_TRUE(AddHistogram(kahan, *compensation).ok());
  EXPECT_THAT(kahan.positive, ElementsAre(1, 3));
}

TEST(HistogramArithmeticTest, RefusesToMixCustomWithExponentialBuckets) {
  FloatHistogram a = MakeCustomHistogram({1}, {{0, 1}});
  const FloatHistogram before = a;
  EXPECT_TRUE(absl::IsInvalidArgument(AddHistogram(a, MakeHistogram(0, {{1, 1}})).status()));
  EXPECT_TRUE(SameHistogram(a, before));
}

TEST(HistogramArithmeticTest, Scales) {
  FloatHistogram histogram = MakeHistogram(0, {{1, 4}}, {{1, 2}}, 6, 0.5);
  MultiplyHistogram(histogram, -0.5);
  EXPECT_EQ(ToString(histogram), "{count:-6, sum:-12, [-2,-1):-1, [-0.5,0.5]:-3, (1,2]:-2}");
  EXPECT_EQ(histogram.reset_hint, Hint::kGauge);
  DivideHistogram(histogram, -0.5);
  EXPECT_EQ(histogram.count, 12);
  DivideHistogram(histogram, 0);
  EXPECT_TRUE(std::isinf(histogram.count));
  EXPECT_TRUE(histogram.positive.empty() && histogram.positive_spans.empty() && histogram.negative.empty());
  EXPECT_TRUE(HasOverflow(histogram));
}

TEST(HistogramArithmeticTest, CompactsToTheFewestSpans) {
  FloatHistogram histogram;
  histogram.positive_spans = {{-2, 3}, {0, 2}, {1, 2}, {3, 1}, {2, 0}};
  histogram.positive = {0, 1, 0, 0, 2, 3, 0, 0};  // at -2 -1 0 1 2 4 5 9
  FloatHistogram loose = histogram;
  CompactHistogram(histogram);
  EXPECT_THAT(histogram.positive_spans, ElementsAre(HistogramSpan{-1, 1}, HistogramSpan{2, 1}, HistogramSpan{1, 1}));
  EXPECT_THAT(histogram.positive, ElementsAre(1, 2, 3));
  CompactHistogram(loose, 1);
  EXPECT_THAT(loose.positive_spans, ElementsAre(HistogramSpan{-1, 1}, HistogramSpan{2, 3}));
  EXPECT_THAT(loose.positive, ElementsAre(1, 2, 0, 3));
}

TEST(HistogramArithmeticTest, ReducesResolution) {
  FloatHistogram histogram = MakeHistogram(2, {{-3, 1}, {0, 2}, {1, 3}, {4, 4}, {5, 5}}, {{8, 1}});
  const FloatHistogram copy = CopyToSchema(histogram, 0);
  ASSERT_TRUE(ReduceResolution(histogram, 0).ok());
  EXPECT_TRUE(SameHistogram(copy, histogram));
  EXPECT_EQ(PlainOf(histogram), (Plain{{{0, 3}, {1, 7}, {2, 5}}, {{2, 1}}}));
  EXPECT_FALSE(ReduceResolution(histogram, 0).ok());
  FloatHistogram custom = MakeCustomHistogram({1}, {{0, 1}});
  EXPECT_FALSE(ReduceResolution(custom, 0).ok());
  FloatHistogram broken = MakeHistogram(2, {{0, 1}});
  broken.positive.push_back(1);
  EXPECT_FALSE(ReduceResolution(broken, 0).ok());
  FloatHistogram reserved = MakeHistogram(52, {{1, 1}});
  EXPECT_TRUE(ReduceResolution(reserved, 8).ok());
}

TEST(HistogramArithmeticTest, EqualityIsOfBitsAndBuckets) {
  const FloatHistogram a = MakeHistogram(0, {{1, 1}, {2, 2}});
  FloatHistogram b = a;
  b.positive_spans = {{0, 0}, {1, 1}, {0, 1}, {3, 0}};
  b.reset_hint = Hint::kGauge;
  EXPECT_TRUE(SameHistogram(a, b));
  b.positive_spans[2].offset = 1;
  EXPECT_FALSE(SameHistogram(a, b));
  FloatHistogram c = a;
  c.sum = -0.0;
  FloatHistogram d = a;
  d.sum = 0.0;
  EXPECT_FALSE(SameHistogram(c, d));
}

}  // namespace
}  // namespace varve
