#include "api/api_params.h"

#include <gtest/gtest.h>

#include "api/rfc3339.h"
#include "base/errors.h"

namespace varve {
namespace {

std::string TextOf(const absl::Status& status) { return std::string(Message(status)); }

TEST(ApiTimeTest, ReadsWhatPrometheusReads) {
  const std::pair<std::string_view, TimestampMs> cases[] = {
      {"0", 0},
      {"123", 123'000},
      {"123.123", 123'123},
      {"123.1236", 123'124},
      {"-1.5", -1'500},
      {"1e3", 1'000'000},
      {"0x1p4", 16'000},
      {"1543578564.705", 1'543'578'564'705},
      {"2015-06-03T13:21:58.555Z", 1'433'337'718'555},
      {"2015-06-03T14:21:58.555+01:00", 1'433'337'718'555},
      {"2015-06-03T13:21:58Z", 1'433'337'718'000},
      {"2015-06-03T13:21:58.5559999Z", 1'433'337'718'555},
      {"1969-12-31T23:59:59.5Z", -500},
      {"0001-01-01T00:00:00Z", -62'135'596'800'000},
      {"-292273086-05-16T16:47:06Z", kApiTimeMin},
      {"292277025-08-18T07:12:54.999999999Z", kApiTimeMax},
      {"1e300", kApiTimeMax},
      {"-Inf", kApiTimeMin},
  };
  for (const auto& [text, time] : cases) {
    const absl::StatusOr<TimestampMs> got = ParseApiTime(text);
    ASSERT_TRUE(got.ok()) << text << ": " << got.status();
    EXPECT_EQ(*got, time) << text;
  }
}

TEST(ApiTimeTest, RefusesTheRest) {
  for (const std::string_view bad :
       {"", "foo", "0x10", "30s", "NaN", "2015-06-03", "2015-06-03T13:21:58", "2015-06-03t13:21:58z", "2015-02-29T00:00:00Z",
        "2015-13-01T00:00:00Z", "2015-06-03T24:00:00Z", "2015-06-03T13:60:00Z", "2015-06-03T13:21:58.Z",
        "2015-06-03T13:21:58+25:00", "2015-06-03T13:21:58+0100", "2015-06-03T13:21:58Z "}) {
    EXPECT_EQ(TextOf(ParseApiTime(bad).status()), fmt::format("cannot parse \"{}\" to a valid timestamp", bad));
  }
}

TEST(Rfc3339Test, WritesAsGo) {
  EXPECT_EQ(FormatRfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatRfc3339(1'433'337'718'550), "2015-06-03T13:21:58.55Z");
  EXPECT_EQ(FormatRfc3339(-500), "1969-12-31T23:59:59.5Z");
  EXPECT_EQ(FormatRfc3339(1'433'337'718, 1), "2015-06-03T13:21:58.000000001Z");
  EXPECT_EQ(FormatRfc3339(-62'135'596'800, 0), kZeroTimeText);
}

TEST(ApiDurationTest, ReadsWhatPrometheusReads) {
  using namespace std::chrono;
  const std::pair<std::string_view, nanoseconds> cases[] = {
      {"1", seconds(1)},  {"1.5", milliseconds(1500)}, {"-2", seconds(-2)}, {"0", seconds(0)},
      {"5m", minutes(5)}, {"1h30m", minutes(90)},      {"1d", hours(24)},   {"0.0001", microseconds(100)},
  };
  for (const auto& [text, duration] : cases) {
    const auto got = ParseApiDuration(text);
    ASSERT_TRUE(got.ok()) << text << ": " << got.status();
    EXPECT_EQ(*got, duration) << text;
  }
  EXPECT_EQ(TextOf(ParseApiDuration("").status()), R"(cannot parse "" to a valid duration)");
  EXPECT_EQ(TextOf(ParseApiDuration("1x").status()), R"(cannot parse "1x" to a valid duration)");
  EXPECT_EQ(TextOf(ParseApiDuration("-1m").status()), R"(cannot parse "-1m" to a valid duration)");
  EXPECT_EQ(TextOf(ParseApiDuration("1e20").status()), R"(cannot parse "1e20" to a valid duration. It overflows int64)");
}

TEST(ApiParamsTest, ErrorsNameTheParameter) {
  const auto form = [](std::string_view query) {
    UrlParams params;
    ParseUrlQuery(query, params).IgnoreError();
    return params;
  };
  EXPECT_EQ(TextOf(RequiredTimeParam(form("start=x"), "start").status()),
            R"(invalid parameter "start": cannot parse "x" to a valid timestamp)");
  EXPECT_EQ(TextOf(TimeParam(form("time=x"), "time", 7).status()),
            R"(invalid parameter "time": invalid time value for 'time': cannot parse "x" to a valid timestamp)");
  EXPECT_EQ(TimeParam(form(""), "time", 7).value(), 7);
  EXPECT_EQ(TextOf(LimitParam(form("limit=x")).status()),
            R"(invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax)");
  EXPECT_EQ(TextOf(LimitParam(form("limit=99999999999999999999")).status()),
            R"(invalid parameter "limit": strconv.Atoi: parsing "99999999999999999999": value out of range)");
  EXPECT_EQ(TextOf(LimitParam(form("limit=-1")).status()), R"(invalid parameter "limit": limit must be non-negative)");
  EXPECT_EQ(LimitParam(form("limit=%2B5")).value(), 5u);
  EXPECT_EQ(TextOf(BoolParam(form("dedup=maybe"), "dedup", true).status()),
            R"('dedup' parameter: strconv.ParseBool: parsing "maybe": invalid syntax)");
  EXPECT_FALSE(BoolParam(form("dedup=F"), "dedup", true).value());
  EXPECT_EQ(TextOf(MatchersParam(form("match[]={x=~\".*\"}")).status()), "match[] must contain at least one non-empty matcher");
  EXPECT_EQ(MatchersParam(form("match[]=up&match[]={a!=\"b\",c=\"d\"}")).value().size(), 2u);
}

}  // namespace
}  // namespace varve
