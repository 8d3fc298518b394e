// Queries nobody should send: each is answered within limits, in Prometheus' words, and none ends the process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/query_handlers.h"
#include "api/testing/fake_sources.h"
#include "base/json_value.h"

namespace varve {
namespace {

using testing::HasSubstr;

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

class BadInputTest : public testing::Test {
 protected:
  BadInputTest() {
    for (int t = 0; t <= 600; t += 15) {
      sources_.source.Append(Labels{{"__name__", "x"}, {"a", "1"}}, t * 1'000, t);
    }
  }

  struct Answer {
    int status = 0;
    std::string type, error;  // of a failure
  };
  static Answer Read(HttpResponse response) {
    while (response.next_part != nullptr) {
      std::string part;
      const absl::StatusOr<bool> more = response.next_part(Context(), part);
      response.body += part;
      if (!more.ok() || !*more) break;
    }
    const absl::StatusOr<JsonValue> json = JsonValue::Parse(response.body);
    EXPECT_TRUE(json.ok()) << json.status();
    if (!json.ok()) return {};
    return {response.status, std::string((*json)["errorType"].StringOr("")), std::string((*json)["error"].StringOr(""))};
  }
  Answer Instant(std::string query) {
    HttpRequest request = FakeRequest("/api/v1/query");
    request.form.Add("query", std::move(query));
    return Read(handlers_.Instant(request));
  }
  Answer Range(std::string query, std::string start, std::string end, std::string step) {
    HttpRequest request = FakeRequest("/api/v1/query_range");
    request.form.Add("query", std::move(query));
    request.form.Add("start", std::move(start));
    request.form.Add("end", std::move(end));
    request.form.Add("step", std::move(step));
    return Read(handlers_.Range(request));
  }

  FakeSources sources_;
  MetricsRegistry registry_;
  Gate gate_{registry_, "thanos_query_concurrent_", 20};
  promql::Engine engine_{promql::EngineOptions()};
  QueryApiConfig config_;
  FakeClock clock_{600'000};
  QueryRunner runner_{{engine_, sources_, gate_}, config_};
  QueryHandlers handlers_{runner_, config_, clock_};
};

TEST_F(BadInputTest, QueriesOfAnAbsurdShape) {
  struct Case {
    std::string query;
    int status;
    std::string error;
  };
  constexpr size_t kMegabyte = 1 << 20;
  const Case cases[] = {
      {Repeat("(", 10'000) + "x" + Repeat(")", 10'000), 400, "nested deeper than 1000 levels"},
      {Repeat("-", kMegabyte) + "x", 400, "nested deeper than 1000 levels"},
      {"x" + Repeat("+x", kMegabyte / 2), 400, "nested deeper than 1000 levels"},
      {Repeat("(", 400) + "x" + Repeat("+x)", 400), 200, ""},
      {Repeat("1", kMegabyte), 400, "error parsing number"},
      {"1e99999999999", 400, "error parsing number"},
      {"x[" + Repeat("9", 1'000) + "d]", 400, "duration"},
      {"x[300y]", 400, "duration out of range"},
      {"x offset 300y", 400, "duration out of range"},
      {"x @ 1e300", 400, "timestamp out of bounds for @ modifier"},
      {"x @ NaN", 400, "timestamp out of bounds for @ modifier"},
      {"sum_over_time(x[200y:1ms])", 422, "query processing would load too many samples into memory in query execution"},
      {"max_over_time(x[290y:200y])", 200, ""},
      {"x{a=~\"" + Repeat("(", 10'000) + "\"}", 400, "error parsing regexp"},
      {"x{a=~\"" + Repeat("(", 10'000) + Repeat(")", 10'000) + "\"}", 400,
       "1:3: parse error: error parsing regexp: expression nests"},
      {"x{a=~\"" + Repeat("(", 999) + Repeat(")", 999) + "\"}", 400, "expression nests too deeply: `^(?s:((("},
      {"x{a=~\"" + Repeat("(", 998) + Repeat(")", 998) + "\"}", 200, ""},
      {"label_replace(x, \"b\", \"\", \"a\", \"" + Repeat("(", 999) + Repeat(")", 999) + "\")", 422,
       "invalid regular expression in"},
      {"x{a=~\"a{1001}\"}", 400, "1:3: parse error: error parsing regexp: invalid repeat count: `{1001}`"},
      {"x{a=~\"[[:word:]]{1000}\"}", 200, ""},
      {"x{a=~\"a\\\\\"}", 400, "trailing backslash at end of expression: ``"},
      {"x{a=~\"\\\\Ca\"}", 400, "invalid escape sequence: `\\C`"},
      {"x{a=~\"" + Repeat(".", kMegabyte) + "\"}", 400, "error parsing regexp: expression too large"},
      {"x{a=~\"" + Repeat("a|", kMegabyte / 2) + "\"}", 200, ""},
      {"14 >/ 14", 422, "operator \">/\" not allowed for Scalar operations"},
      {"max_over_time(" + Repeat("max_over_time(", 100) + "x" + Repeat("[1m:10s])", 100) + "[1m:10s])", 200, ""},
      {"min_of(" + Repeat("1,", 100'000) + "1)", 400, "is not enabled"},
      {"x{a=~\"(((a{100}){100}){100}){100}\"}", 400, "error parsing regexp"},
      {"x{a=~\"(.*)*(.*)*(.*)*(.*)*b\"}", 200, ""},
      {"x{a=\"" + std::string(kMegabyte, 'v') + "\"}", 200, ""},
      {"x{a!=\"" + std::string(kMegabyte, 'v') + "\"}", 200, ""},
      {"label_replace(x, \"b\", \"" + std::string(kMegabyte, 'v') + "\", \"\", \"\")", 200, ""},
      {"x{" + Repeat("a=\"1\",", 10'000) + "}", 200, ""},
      {"sum by (" + Repeat("a,", 100'000) + "a) (x)", 200, ""},
      {"topk(1e300, x)", 422, "overflows int64"},
      {"limitk(NaN, x)", 400, ""},
      {std::string(kMegabyte, ' '), 400, "no expression found in input"},
      {std::string(kMegabyte, '\0'), 400, ""},
      {"\"" + std::string(kMegabyte, 'v'), 400, "unterminated quoted string"},
      {std::string(kMegabyte, 'v'), 200, ""},
  };
  for (const Case& c : cases) {
    const Answer answer = Instant(c.query);
    EXPECT_EQ(answer.status, c.status) << c.query.substr(0, 60) << ": " << answer.error.substr(0, 300);
    EXPECT_THAT(answer.error, HasSubstr(c.error)) << c.query.substr(0, 60);
  }
}

TEST_F(BadInputTest, AWideQueryIsAnsweredOrEndsByItsTime) {
  // Many thousand operations, balanced so that it is not deep.
  std::string query = "x";
  for (int level = 0; level < 15; ++level) query = "(" + query + ")+(" + query + ")";
  EXPECT_EQ(Instant(std::move(query)).status, 200);
}

TEST_F(BadInputTest, TimesAndStepsThatMakeNoSense) {
  struct Case {
    std::string start, end, step;
    int status;
    std::string error;
  };
  const Case cases[] = {
      {"0", "60", "0", 400,
       "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"},
      {"0", "60", "-1", 400, "zero or negative query resolution step widths are not accepted"},
      {"0", "60", "1e-9", 400, "zero or negative query resolution step widths are not accepted"},
      {"0", "60", "NaN", 400, "invalid parameter \"step\""},
      {"0", "60", "1e30", 400, "invalid parameter \"step\""},
      {"60", "0", "1", 400, "invalid parameter \"end\": end timestamp must not be before start time"},
      {"0", "1e9", "1", 400,
       "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"},
      {"-9e15", "9e15", "1", 400, "exceeded maximum resolution of 11,000 points"},
      {"-3e9", "3e9", "1000000", 200, ""},  // two centuries
      {"-9223309901257974", "9223309901257974", "9e9", 400, ""},
      {"Inf", "60", "1", 400, "end timestamp must not be before start time"},
      {"", "60", "1", 400, "invalid parameter \"start\": cannot parse \"\" to a valid timestamp"},
  };
  for (const Case& c : cases) {
    const Answer answer = Range("sum(rate(x[5m]))", c.start, c.end, c.step);
    EXPECT_EQ(answer.status, c.status) << c.start << " " << c.end << " " << c.step << ": " << answer.error;
    EXPECT_THAT(answer.error, HasSubstr(c.error));
  }
}

TEST_F(BadInputTest, AStepOfCenturiesHasOneStep) { EXPECT_EQ(Range("x", "0", "60", "3153600000").status, 200); }

}  // namespace
}  // namespace varve
