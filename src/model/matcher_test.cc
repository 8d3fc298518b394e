#include "model/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Type = Matcher::Type;

Matcher Make(Type type, std::string_view name, std::string_view value) { return *Matcher::Make(type, name, value); }

TEST(MatcherTest, MatchesByType) {
  EXPECT_TRUE(Matcher::Equal("a", "x").Matches("x"));
  EXPECT_FALSE(Matcher::Equal("a", "x").Matches("xx"));
  EXPECT_FALSE(Matcher::NotEqual("a", "x").Matches("x"));
  EXPECT_TRUE(Make(Type::kRegex, "a", "x|y.*").Matches("yes\nno"));
  EXPECT_FALSE(Make(Type::kRegex, "a", "x|y.*").Matches("no yes"));
  EXPECT_TRUE(Make(Type::kNotRegex, "a", "x|y.*").Matches("no"));
}

TEST(MatcherTest, AnAbsentLabelIsAnEmptyValue) {
  const Labels labels({{"a", "1"}});
  EXPECT_TRUE(Matcher::Equal("b", "").Matches(labels));
  EXPECT_TRUE(Matcher::NotEqual("b", "1").MatchesEmpty());
  EXPECT_TRUE(Make(Type::kRegex, "b", ".*").Matches(labels));
  EXPECT_FALSE(Make(Type::kRegex, "b", ".+").Matches(labels));
  EXPECT_FALSE(MatchesAll({Matcher::Equal("a", "1"), Matcher::Equal("b", "1")}, labels));
  EXPECT_TRUE(MatchesAll({}, labels));
}

TEST(MatcherTest, TellsWhichValuesItCanMatch) {
  EXPECT_THAT(Matcher::Equal("a", "x").SetMatches(), ElementsAre("x"));
  EXPECT_THAT(Matcher::NotEqual("a", "x").SetMatches(), IsEmpty());
  EXPECT_THAT(Make(Type::kNotRegex, "a", "x|y").SetMatches(), ElementsAre("x", "y"));
  EXPECT_EQ(Make(Type::kRegex, "a", "xy.*").prefix(), "xy");
  EXPECT_EQ(Make(Type::kNotRegex, "a", "xy.*").prefix(), "");
}

TEST(MatcherTest, PrintsAsPromQl) {
  EXPECT_EQ(ToString({Matcher::Equal("a", "1"), Make(Type::kNotRegex, "b.c", "x\"")}), "{a=\"1\",\"b.c\"!~\"x\\\"\"}");
  EXPECT_EQ(ToString(Matchers()), "{}");
}

TEST(MatcherTest, CopiesAreEqualAndShareTheExpression) {
  const Matcher matcher = Make(Type::kRegex, "a", "x+");
  const Matcher copy = matcher;
  EXPECT_EQ(copy, matcher);
  EXPECT_TRUE(copy.Matches("xx"));
  EXPECT_FALSE(copy == Make(Type::kNotRegex, "a", "x+"));
}

TEST(MatcherTest, RefusesWhatIsNoExpression) {
  EXPECT_TRUE(absl::IsInvalidArgument(Matcher::Make(Type::kRegex, "a", "(").status()));
}

}  // namespace
}  // namespace varve
