#include "storage/testing/memory_series_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

MemorySeriesSource Fixture() {
  MemorySeriesSource source;
  source.Append(Labels{{"__name__", "up"}, {"job", "b"}}, 20, 2);
  source.Append(Labels{{"__name__", "up"}, {"job", "b"}}, 10, 1);
  source.Append(Labels{{"__name__", "up"}, {"job", "a"}}, 30, 3);
  source.Append(Labels{{"__name__", "latency"}, {"le", "1"}}, 10, FloatHistogram{.count = 4});
  return source;
}

std::vector<std::string> Names(MemorySeriesSource& source, SelectRequest request) {
  auto set = source.Select(Context(), request);
  std::vector<std::string> names;
  while ((*set)->Next()) names.push_back((*set)->At()->labels().ToString());
  EXPECT_TRUE((*set)->status().ok());
  return names;
}

TEST(MemorySeriesSourceTest, SelectsInLabelOrderWhatHasSamplesInTheRange) {
  MemorySeriesSource source = Fixture();
  EXPECT_THAT(Names(source, {.range = {0, 30}, .matchers = {Matcher::Equal("__name__", "up")}, .hints = {}}),
              ElementsAre(R"({__name__="up", job="a"})", R"({__name__="up", job="b"})"));
  EXPECT_THAT(Names(source, {.range = {11, 19}, .matchers = {}, .hints = {}}), IsEmpty());
  EXPECT_THAT(Names(source, {.range = {30, 30}, .matchers = {}, .hints = {}}), ElementsAre(R"({__name__="up", job="a"})"));
}

TEST(MemorySeriesSourceTest, ReadsFloatsAndHistogramsOfTheRangeInOrder) {
  MemorySeriesSource source = Fixture();
  const Labels labels{{"__name__", "up"}, {"job", "b"}};
  source.Append(labels, 20, FloatHistogram{.count = 5});
  source.Append(labels, 30, 7);
  auto set = source.Select(Context(), {.range = {}, .matchers = {Matcher::Equal("job", "b")}, .hints = {}});
  ASSERT_TRUE((*set)->Next());
  SeriesSamples samples;
  ASSERT_TRUE((*set)->At()->Read(Context(), {10, 30}, samples).ok());
  EXPECT_THAT(samples.floats.times, ElementsAre(10, 30));
  EXPECT_THAT(samples.floats.values, ElementsAre(1, 7));
  EXPECT_THAT(samples.histograms.times, ElementsAre(20));
  samples.Clear();
  ASSERT_TRUE((*set)->At()->Read(Context(), {11, 29}, samples).ok());
  EXPECT_THAT(samples.floats.times, IsEmpty());
}

TEST(MemorySeriesSourceTest, AnswersLabels) {
  MemorySeriesSource source = Fixture();
  EXPECT_THAT(source.LabelNames(Context(), {})->values, ElementsAre("__name__", "job", "le"));
  EXPECT_THAT(source.LabelNames(Context(), {.range = {}, .matchers = {Matcher::Equal("job", "a")}})->values,
              ElementsAre("__name__", "job"));
  EXPECT_THAT(source.LabelValues(Context(), "job", {})->values, ElementsAre("a", "b"));
  EXPECT_THAT(source.LabelValues(Context(), "job", {.range = {}, .matchers = {}, .limit = 1})->values, ElementsAre("a"));
  EXPECT_THAT(source.LabelValues(Context(), "absent", {})->values, IsEmpty());
}

TEST(MemorySeriesSourceTest, FailsAndWarnsWhenTold) {
  MemorySeriesSource source = Fixture();
  source.set_warnings({"half of it"});
  EXPECT_THAT((*source.Select(Context(), {}))->warnings(), ElementsAre("half of it"));
  source.set_failure(Unavailable("away"));
  auto set = source.Select(Context(), {});
  EXPECT_FALSE((*set)->Next());
  EXPECT_EQ((*set)->status(), Unavailable("away"));
  EXPECT_EQ(source.LabelNames(Context(), {}).status(), Unavailable("away"));
}

}  // namespace
}  // namespace varve
