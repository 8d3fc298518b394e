#include "api/query_json.h"

#include <gtest/gtest.h>

namespace varve {
namespace {

using promql::QueryResult;
using promql::StepSeries;
using promql::ValueType;

StepSeries Series(const Labels& labels, const std::vector<std::optional<double>>& values) {
  StepSeries series;
  series.Reset(values.size());
  series.labels = labels;
  for (size_t step = 0; step < values.size(); ++step) {
    if (values[step].has_value()) series.SetFloat(step, *values[step]);
  }
  return series;
}

FloatHistogram SmallHistogram() {
  FloatHistogram histogram;
  histogram.count = 2;
  histogram.sum = 3.5;
  histogram.positive_spans = {{1, 1}};
  histogram.positive = {2};
  return histogram;
}
constexpr std::string_view kSmallHistogram = R"({"count":"2","sum":"3.5","buckets":[[0,"1","2","2"]]})";

std::string Encode(QueryResult result, ApiNotes notes = {}, QueryJson::Extras extras = {}) {
  QueryJson json(std::move(result), std::move(notes), extras);
  std::string out;
  while (json.Next(out)) {
  }
  return out;
}

TEST(QueryJsonTest, Vector) {
  QueryResult result;
  result.grid.start = 1'500;
  result.series.push_back(Series(Labels{{"__name__", "up"}, {"job", "a"}}, {1}));
  result.series.push_back(Series(Labels{{"job", "gone"}}, {std::nullopt}));
  result.series.push_back(Series(Labels{{"job", "h"}}, {std::nullopt}));
  result.series.back().SetHistogram(0, SmallHistogram());
  EXPECT_EQ(
      Encode(std::move(result), {.warnings = {"w"}, .infos = {"i \"quoted\""}}),
      fmt::format(
          R"({{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{"__name__":"up","job":"a"}},"value":[1.500,"1"]}},)"
          R"({{"metric":{{"job":"h"}},"histogram":[1.500,{}]}}]}},"warnings":["w"],"infos":["i \"quoted\""]}})",
          kSmallHistogram));
}

TEST(QueryJsonTest, Matrix) {
  QueryResult result;
  result.type = ValueType::kMatrix;
  result.grid = {.start = 0, .step_ms = 15'000, .count = 3};
  result.series.push_back(Series(Labels(), {std::nullopt, std::nullopt, std::nullopt}));
  result.series.push_back(Series(Labels{{"a", "1"}}, {0.5, std::nullopt, -2}));
  result.series.push_back(Series(Labels{{"a", "2"}}, {7, std::nullopt, std::nullopt}));
  result.series.back().SetHistogram(2, SmallHistogram());
  EXPECT_EQ(
      Encode(std::move(result)),
      fmt::format(
          R"({{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{"a":"1"}},"values":[[0,"0.5"],[30,"-2"]]}},)"
          R"({{"metric":{{"a":"2"}},"values":[[0,"7"]],"histograms":[[30,{}]]}}]}}}})",
          kSmallHistogram));
}

TEST(QueryJsonTest, RawSamples) {
  QueryResult result;
  result.type = ValueType::kMatrix;
  result.raw.push_back({Labels{{"a", "1"}}, {}});
  result.raw[0].samples.floats.Append(1, 1);
  result.raw[0].samples.floats.Append(2, 2);
  result.raw[0].samples.histograms.Append(3, SmallHistogram());
  result.raw.push_back({Labels{{"a", "2"}}, {}});
  EXPECT_EQ(
      Encode(std::move(result)),
      fmt::format(
          R"({{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{"a":"1"}},"values":[[0.001,"1"],[0.002,"2"]],)"
          R"("histograms":[[0.003,{}]]}}]}}}})",
          kSmallHistogram));
}

TEST(QueryJsonTest, ScalarStringAndNothing) {
  QueryResult scalar;
  scalar.type = ValueType::kScalar;
  scalar.grid.start = -1;
  scalar.series.push_back(Series(Labels(), {1e21}));
  EXPECT_EQ(Encode(std::move(scalar)),
            R"({"status":"success","data":{"resultType":"scalar","result":[-0.001,"1000000000000000000000"]}})");
  QueryResult text;
  text.type = ValueType::kString;
  text.grid.start = 1'500;
  text.text = "a\"b";
  EXPECT_EQ(Encode(std::move(text)), R"({"status":"success","data":{"resultType":"string","result":[1.5,"a\"b"]}})");
  EXPECT_EQ(Encode(QueryResult()), R"({"status":"success","data":{"resultType":"vector","result":[]}})");
}

TEST(QueryJsonTest, Statistics) {
  QueryResult result;
  result.stats.samples = {.queried = 7, .read = 5};
  result.stats.samples_peak = 3;
  result.stats.evaluate = std::chrono::milliseconds(250);
  EXPECT_EQ(
      Encode(std::move(result), {}, {.stats = true}),
      R"({"status":"success","data":{"resultType":"vector","result":[],"stats":{"timings":{"evalTotalTime":0.25,"resultSortTime":0,)"
      R"("queryPreparationTime":0,"innerEvalTime":0.25,"execQueueTime":0,"execTotalTime":0.25},)"
      R"("samples":{"totalQueryableSamples":7,"samplesRead":5,"peakSamples":3}}}})");
}

TEST(QueryJsonTest, LargeAnswersComeInParts) {
  QueryResult result;
  result.type = ValueType::kMatrix;
  result.grid = {.start = 0, .step_ms = 1'000, .count = 1'000};
  for (int i = 0; i < 100; ++i) {
    result.series.push_back(Series(Labels{{"i", std::to_string(i)}}, std::vector<std::optional<double>>(1'000, 0.5)));
  }
  const std::string whole = Encode(result);
  HttpResponse response = RespondQuery(std::move(result), {}, {});
  ASSERT_NE(response.next_part, nullptr);
  std::string parts;
  int count = 0;
  for (bool more = true; more; ++count) {
    std::string part;
    const absl::StatusOr<bool> next = response.next_part(Context(), part);
    ASSERT_TRUE(next.ok());
    more = *next;
    EXPECT_LT(part.size(), QueryJson::kPartBytes + 20'000);
    parts += part;
  }
  EXPECT_EQ(parts, whole);
  EXPECT_GE(count, 5);
}

}  // namespace
}  // namespace varve
