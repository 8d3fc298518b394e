#include "api/sample_json.h"

#include <gtest/gtest.h>

#include <limits>

namespace varve {
namespace {

TEST(SampleJsonTest, TimesHaveAsManyDecimalsAsNeeded) {
  const std::pair<TimestampMs, std::string_view> cases[] = {
      {0, "0"},
      {1, "0.001"},
      {10, "0.010"},
      {100, "0.100"},
      {1000, "1"},
      {1001, "1.001"},
      {-1, "-0.001"},
      {-1500, "-1.500"},
      {1'435'781'451'781, "1435781451.781"},
      {kMinTimestamp, "-9223372036854775.808"},
      {kMaxTimestamp, "9223372036854775.807"},
  };
  for (const auto& [time, text] : cases) {
    std::string out;
    AppendJsonTime(out, time);
    EXPECT_EQ(out, text);
  }
}

TEST(SampleJsonTest, ValuesAreTexts) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const std::pair<double, std::string_view> cases[] = {
      {0, "\"0\""},
      {-0.0, "\"-0\""},
      {1.2, "\"1.2\""},
      {20, "\"20\""},
      {1.2345e5, "\"123450\""},
      {1e-6, "\"0.000001\""},
      {1e-7, "\"1e-07\""},
      {1.5e-9, "\"1.5e-09\""},
      {1e20, "\"100000000000000000000\""},
      {1e21, "\"1e+21\""},
      {-1.5e300, "\"-1.5e+300\""},
      {kInf, "\"+Inf\""},
      {-kInf, "\"-Inf\""},
      {std::numeric_limits<double>::quiet_NaN(), "\"NaN\""},
  };
  for (const auto& [value, text] : cases) {
    std::string out;
    AppendJsonValue(out, value);
    EXPECT_EQ(out, text);
  }
}

TEST(SampleJsonTest, HistogramsShowTheirBuckets) {
  FloatHistogram histogram;
  histogram.count = 10;
  histogram.sum = 10;
  histogram.schema = 2;
  histogram.zero_threshold = 0.001;
  histogram.zero_count = 12;
  histogram.positive_spans = {{0, 1}, {2, 1}};
  histogram.positive = {2.5, 0};
  histogram.negative_spans = {{0, 1}};
  histogram.negative = {1};
  std::string out;
  AppendJsonHistogram(out, histogram);
  EXPECT_EQ(out, R"({"count":"10","sum":"10","buckets":[[1,"-1","-0.8408964152537144","1"],[3,"-0.001","0.001","12"],)"
                 R"([0,"0.8408964152537144","1","2.5"]]})");
  out.clear();
  AppendJsonHistogram(out, FloatHistogram());
  EXPECT_EQ(out, R"({"count":"0","sum":"0"})");
}

TEST(SampleJsonTest, LabelsAreEscaped) {
  std::string out;
  AppendJsonLabels(out, Labels{{"__name__", "up"}, {"path", "a\"\\\n\x01<&>"}, {"utf8.name", "\u00e9"}});
  EXPECT_EQ(out, R"({"__name__":"up","path":"a\"\\\n\u0001<&>","utf8.name":"é"})");
  out.clear();
  AppendJsonLabels(out, Labels());
  EXPECT_EQ(out, "{}");
}

}  // namespace
}  // namespace varve
