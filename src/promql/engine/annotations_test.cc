#include "promql/engine/annotations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "promql/engine/annotation_texts.h"

namespace varve::promql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AnnotationsTest, SayEachThingOnce) {
  Annotations annotations;
  for (int i = 0; i < 3; ++i) annotations.Add(MixedFloatsHistograms("x", {.start = 4, .end = 9}));
  annotations.Add(PossibleNonCounter("x", {.start = 0, .end = 3}));
  annotations.AddSourceWarning("store 1 is down");
  annotations.AddSourceWarning("store 1 is down");
  const Annotations::Texts texts = annotations.Format("sum(x)\n");
  EXPECT_THAT(
      texts.warnings,
      ElementsAre("store 1 is down", "PromQL warning: encountered a mix of histograms and floats for metric name \"x\" (1:5)"));
  EXPECT_THAT(texts.infos, ElementsAre("PromQL info: metric might not be a counter, name does not end in "
                                       "_total/_sum/_count/_bucket: \"x\" (1:1)"));
}

TEST(AnnotationsTest, MergingKeepsOneOfEach) {
  Annotations a, b;
  a.Add(InvalidQuantile(1.5, {}));
  b.Add(InvalidQuantile(1.5, {}));
  b.Add(InvalidQuantile(NAN, {}));
  a.MergeFrom(std::move(b));
  EXPECT_THAT(a.Format("").warnings, ElementsAre("PromQL warning: quantile value should be between 0 and 1, got 1.5",
                                                 "PromQL warning: quantile value should be between 0 and 1, got NaN"));
  EXPECT_THAT(a.Format("").infos, IsEmpty());
}

TEST(AnnotationsTest, RepairsAddUp) {
  Annotations annotations;
  const Annotation::Repairs first = {.min_time = 60'000, .max_time = 60'000, .min_bucket = 2, .max_bucket = 5, .diff_max = 0.5};
  const Annotation::Repairs second = {.min_time = 120'000, .max_time = 120'000, .min_bucket = 1, .max_bucket = 3, .diff_max = 2};
  annotations.Add(ForcedMonotonicity("", first, {}));
  annotations.Add(ForcedMonotonicity("", second, {}));
  EXPECT_THAT(
      annotations.Format("q").infos,
      ElementsAre("PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "
                  "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), from buckets 1 to "
                  "5, with a max diff of 2, over 2 samples from 1970-01-01T00:01:00Z to 1970-01-01T00:02:00Z (1:1)"));
}

}  // namespace
}  // namespace varve::promql
