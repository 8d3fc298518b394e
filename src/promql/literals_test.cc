#include "promql/literals.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/errors.h"

namespace varve::promql {
namespace {

TEST(LiteralsTest, ReadsNumbersAsGoDoes) {
  const std::pair<std::string_view, double> cases[] = {
      {"0", 0},
      {"1.", 1},
      {".5", 0.5},
      {"5e-3", 0.005},
      {"1e3", 1000},
      {"0x1F", 31},
      {"0X_ff", 255},
      {"017", 15},
      {"08", 8},
      {"0_7", 7},
      {"1_000", 1000},
      {"1_0.2_5", 10.25},
      {"Inf", INFINITY},
      {"inF", INFINITY},
      {"1e-400", 0},
      {"9223372036854775807", 9223372036854775807.0},
      {"9223372036854775808", 0x1p63},
  };
  for (const auto& [text, value] : cases) {
    const auto parsed = ParseNumber(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.status();
    EXPECT_EQ(*parsed, value) << text;
  }
  EXPECT_TRUE(std::isnan(*ParseNumber("nAn")));
}

TEST(LiteralsTest, RefusesOtherNumbers) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0x", "invalid syntax"},    {"1_", "invalid syntax"},
      {"1__0", "invalid syntax"},  {".5.5", "invalid syntax"},
      {"0x1p3", "invalid syntax"}, {"1e400", "value out of range"},
      {"1e", "invalid syntax"},    {"0xfffffffffffffffff", "invalid syntax"},
  };
  for (const auto& [text, why] : cases) {
    const auto parsed = ParseNumber(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(Message(parsed.status()), fmt::format("strconv.ParseFloat: parsing \"{}\": {}", text, why));
  }
}

TEST(LiteralsTest, ReadsDurations) {
  const std::pair<std::string_view, int64_t> cases[] = {
      {"0", 0},
      {"1ms", 1},
      {"5m", 300'000},
      {"1h30m", 5'400'000},
      {"1d1ms", 86'400'001},
      {"1y2w3d4h5m6s7ms", 33'019'506'007},
      {"292y", 292LL * 31'536'000'000},
  };
  for (const auto& [text, ms] : cases) {
    const auto parsed = ParseDuration(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.status();
    EXPECT_EQ(*parsed, ms) << text;
  }
}

TEST(LiteralsTest, RefusesOtherDurations) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "empty duration string"},
      {"5", "not a valid duration string: \"5\""},
      {"5m1h", "not a valid duration string: \"5m1h\""},
      {"5m5m", "not a valid duration string: \"5m5m\""},
      {"1hs", "unknown unit \"hs\" in duration \"1hs\""},
      {"300y", "duration out of range"},
      {"292y53w", "duration out of range"},
      {"99999999999999999999s", "not a valid duration string: \"99999999999999999999s\""},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(Message(ParseDuration(text).status()), message) << text;
}

TEST(LiteralsTest, Unquotes) {
  EXPECT_EQ(Unquote(R"("a\"b\\c\n\x41\101\u00e9\U0001f600")"), "a\"b\\c\nAAé😀");
  EXPECT_EQ(Unquote(R"('it\'s "x"')"), "it's \"x\"");
  EXPECT_EQ(Unquote(R"(`raw\n"'`)"), "raw\\n\"'");
  EXPECT_EQ(Unquote(R"("\xff")"), "\xff");
  EXPECT_EQ(Unquote("''"), "");
  for (const std::string_view bad :
       {"", "\"", "\"a", "a\"", "\"\\'\"", "\"\\z\"", "\"\\400\"", "\"\\x4\"", "\"a\nb\"", "\"a\"b\"", "\"\\\""}) {
    EXPECT_EQ(Unquote(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace varve::promql
