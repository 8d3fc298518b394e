// Text forms that must match Go's to the letter: floats, durations, ULIDs, hashes.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/duration.h"
#include "base/float_text.h"
#include "base/hash.h"
#include "base/ulid.h"

namespace varve {
namespace {

TEST(FloatTextTest, FormatsAsGo) {
  EXPECT_EQ(FormatFloatFixed(0.1), "0.1");
  EXPECT_EQ(FormatFloatFixed(1e21), "1000000000000000000000");
  EXPECT_EQ(FormatFloatFixed(-0.0), "-0");
  EXPECT_EQ(FormatFloatFixed(-18446744073709551616.0), "-18446744073709552000");
  EXPECT_EQ(FormatFloatFixed(1234567890123456.75), "1234567890123456.8");
  EXPECT_EQ(FormatFloatFixed(5e-324).size(), 326u);
  EXPECT_EQ(FormatFloatExponent(1.5), "1.5e+00");
  EXPECT_EQ(FormatFloatExponent(1e100), "1e+100");
  EXPECT_EQ(FormatFloatGeneral(100000), "100000");
  EXPECT_EQ(FormatFloatGeneral(1e6), "1e+06");
  EXPECT_EQ(FormatFloatGeneral(2349209.324), "2.349209324e+06");
  EXPECT_EQ(FormatFloatGeneral(1e21), "1e+21");
  EXPECT_EQ(FormatFloatGeneral(0.0001), "0.0001");
  EXPECT_EQ(FormatFloatGeneral(0.00001), "1e-05");
  EXPECT_EQ(FormatFloatGeneral(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(FormatFloatGeneral(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(FormatFloatGeneral(std::nan("")), "NaN");
}

TEST(FloatTextTest, ParsesAsGo) {
  EXPECT_EQ(*ParseGoFloat("1e3"), 1000);
  EXPECT_EQ(*ParseGoFloat(".5"), 0.5);
  EXPECT_EQ(*ParseGoFloat("-0x1p-2"), -0.25);
  EXPECT_EQ(*ParseGoFloat("0x_1fp0"), 31);
  EXPECT_EQ(*ParseGoFloat("+iNf"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(*ParseGoFloat("nan")));
  EXPECT_EQ(*ParseGoFloat("1e-400"), 0);
  EXPECT_TRUE(absl::IsOutOfRange(ParseGoFloat("-1e400").status()));
  for (const char* bad : {"", "+", "1x", "1_0", "--1", "0x1", "e5", " 1", "1 ", "0x1__0p0"})
    EXPECT_FALSE(ParseGoFloat(bad).ok()) << bad;
}

TEST(DurationTest, BothGrammars) {
  EXPECT_EQ(*ParsePrometheusDurationMs("1w2d3h4m5s6ms"), 7 * 86400000LL + 2 * 86400000LL + 3 * 3600000 + 4 * 60000 + 5006);
  EXPECT_EQ(*ParsePrometheusDurationMs("0"), 0);
  EXPECT_EQ(*ParseGoDurationMs("1h30m"), 5400000);
  EXPECT_EQ(*ParseGoDurationMs("1.5s"), 1500);
  EXPECT_EQ(*ParseGoDurationMs("-2ms"), -2);
  EXPECT_EQ(*ParseDurationMs("2w"), 1209600000);
  EXPECT_EQ(*ParseDurationMs("0.5h"), 1800000);
  for (const char* bad : {"", "1", "1m1h", "1m1m", "5", "1x", "h", "-1m", "99999999999999999999y"}) {
    EXPECT_FALSE(ParsePrometheusDurationMs(bad).ok()) << bad;
  }
}

TEST(DurationTest, Formats) {
  EXPECT_EQ(FormatPrometheusDuration(90000), "1m30s");
  EXPECT_EQ(FormatPrometheusDuration(86400000), "1d");
  EXPECT_EQ(FormatPrometheusDuration(90000000), "1d1h");
  EXPECT_EQ(FormatPrometheusDuration(0), "0s");
  EXPECT_EQ(FormatGoDuration(3600000), "1h0m0s");
  EXPECT_EQ(FormatGoDuration(1500), "1.5s");
  EXPECT_EQ(FormatGoDuration(15), "15ms");
}

TEST(UlidTest, RoundTripsAndSortsByTime) {
  const absl::StatusOr<Ulid> id = Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->ToString(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(id->unix_ms(), 1469922850259u);
  EXPECT_LT(Ulid::FromTime(1, {}), Ulid::FromTime(2, {}));
  for (const char* bad : {"", "01ARZ3NDEKTSV4RRFFQ69G5FA", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAU!"}) {
    EXPECT_FALSE(Ulid::Parse(bad).ok()) << bad;
  }
}

TEST(HashTest, IsXxh64WithSeedZero) {
  EXPECT_EQ(XxHash64(""), 0xef46db3751d8e999ULL);
  EXPECT_EQ(XxHash64("a"), 0xd24ec4f1a98c6e5bULL);
}

}  // namespace
}  // namespace varve
