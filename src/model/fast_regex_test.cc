#include "model/fast_regex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The law: what upstream compiles, run by RE2 alone.
bool PlainMatch(const std::string& pattern, const std::string& text) {
  const RE2 regex("^(?s:" + pattern + ")$", RE2::Quiet);
  EXPECT_TRUE(regex.ok()) << pattern;
  return RE2::PartialMatch(text, regex);
}

std::shared_ptr<const FastRegex> Compiled(std::string_view pattern) {
  auto regex = FastRegex::Make(pattern);
  EXPECT_TRUE(regex.ok()) << pattern << ": " << regex.status();
  return *std::move(regex);
}

// clang-format off
const std::vector<std::string>& Texts() {
  static const auto* const texts = new std::vector<std::string>{
      "", "\n", "a", "b", "ab", "ba", "aa", "foo", "bar", "foobar", "barfoo", "foo-bar", "foo\nbar", "FOO", "Foo", "fOo-BAR", "foofoo",
      "xfoo", "foox", "xfoox", "fo", "f", "oo", "foo1", "foo2", "foo9", "foo12", "1", "12", "a.b", "axb", "a\\b", "a|b", "a$b", "^a",
      "k", "K", "\xe2\x84\xaa", "s", "S", "\xc5\xbf", "stack", "STAC\xe2\x84\xaa", "\xc3\xa9", "\xc3\x89", "x\xc3\xa9y", "\xe4\xb8\x96",
      "\xf0\x9f\x98\x80", "a\tb", "a-b", "-", "]", "prod-eu-1", "prod-us-2", "prod", "prod-", "10.0.0.1:9100", std::string(300, 'a'),
      std::string(300, 'a') + "foo"};
  return *texts;
}

const std::vector<std::string>& Patterns() {
  static const auto* const patterns = new std::vector<std::string>{
      "", "foo", "foo|bar", "foo|", "|foo", "(foo|bar)", "(?:foo|bar)-(bar|baz)", "fo(o|a)?", "foo[12]", "foo[0-9]", "foo[^1]", "[a-c]b?",
      ".*", ".+", ".", ".?", ".*?", ".+?", "(.*)", "(.+)", "foo.*", ".*foo", ".*foo.*", ".+foo", "foo.+", ".+foo.+", "foo.*bar",
      ".*foo.*bar.*", "foo.+bar|bar", "(foo|bar).*", ".*(foo|bar)", ".*(foo|bar).*", "prod-(eu|us)-[0-9]+", "prod-.*-[12]", "^foo$",
      "^foo", "foo$", "^foo$|^bar$", "(^foo|bar$)", "a^b", "a$b", "a\\$b", "\\^a", "a\\.b", "a.b", "a\\\\b", "a\\|b", "a\\tb", "a\\x62",
      "\\d+", "foo\\d", "foo\\d*", "\\w+", "[\\d]+", "[[:alpha:]]+", "[a-]+", "[-a]+", "[]a]+", "a{2}", "a{2,}b|c", "a*", "a+", "(a|b)*",
      "(?i)foo", "(?i)foo|bar", "(?i)stack.*", "(?i)k", "(?i).*K.*", "(?i)s[t-v]ack", "(?i)\xc3\xa9", "(?i:foo)", "foo(?i)bar", "(?s)foo.bar",
      "(?-s)foo.bar", "(?is)foo.+", "(?i)[A-F]o+", "(?P<x>foo|bar)", "(?<x>foo|bar).?", "x\xc3\xa9.", "\xe4\xb8[\x96]?", ".+.+", ".*.+.*",
      ".+\xc3\xa9.+", "\\Qa.b\\E", "\\pL+", "foo.*?bar?", "()", "()|a", "(|a)b", "((a|b)(a|b))", ".*\\.b", ".*:9100", "10\\.0\\..*", "(a|ab)(c|b)?"};
  return *patterns;
}
// clang-format on

TEST(FastRegexTest, AgreesWithRe2OnHandPickedPatterns) {
  for (const std::string& pattern : Patterns()) {
    if (!RE2(pattern, RE2::Quiet).ok()) continue;
    const auto regex = Compiled(pattern);
    for (const std::string& text : Texts())
      EXPECT_EQ(regex->Matches(text), PlainMatch(pattern, text)) << pattern << " on " << text;
  }
}

// Patterns grown from a grammar that leans towards what the analysis takes apart.
class PatternGenerator {
 public:
  explicit PatternGenerator(unsigned seed) : random_(seed) {}

  std::string Pattern() { return (Chance(6) ? "(?i)" : "") + Alternation(3); }
  std::string Text() {
    static constexpr std::string_view kAlphabet[] = {"a", "b", "A", "B", "k", "K", "-", ".", "\n", "\xe2\x84\xaa", "\xc3\xa9"};
    std::string text;
    for (size_t i = random_() % 7; i > 0; --i) text.append(kAlphabet[random_() % std::size(kAlphabet)]);
    return text;
  }

 private:
  bool Chance(unsigned one_in) { return random_() % one_in == 0; }
  std::string Alternation(int depth) {
    std::string out = Concatenation(depth);
    while (Chance(3)) out.append("|").append(Concatenation(depth));
    return out;
  }
  std::string Concatenation(int depth) {
    std::string out;
    if (Chance(12)) out.append("^");
    for (size_t i = random_() % 5; i > 0; --i) out.append(Atom(depth));
    if (Chance(12)) out.append("$");
    return out;
  }
  std::string Atom(int depth) {
    static constexpr std::string_view kAtoms[] = {"a",   "b",   "A",  "k",  "-",    "\\.",   "ab",   "\xc3\xa9",
                                                  ".",   ".*",  ".+", ".*", "[ab]", "[a-c]", "[^a]", "[a.]",
                                                  "\\w", "\\n", ".?", "a?", "b+",   ".*?"};
    if (depth == 0 || !Chance(5)) return std::string(kAtoms[random_() % std::size(kAtoms)]);
    static constexpr std::string_view kAfter[] = {"", "", "", "?", "*", "+"};
    return (Chance(2) ? "(" : "(?:") + Alternation(depth - 1) + ")" + std::string(kAfter[random_() % std::size(kAfter)]);
  }
  std::mt19937 random_;
};

TEST(FastRegexTest, AgreesWithRe2OnGeneratedPatterns) {
  PatternGenerator generator(20240917);
  for (int i = 0; i < 4000; ++i) {
    const std::string pattern = generator.Pattern();
    const RE2 plain("^(?s:" + pattern + ")$", RE2::Quiet);
    if (!plain.ok()) {
      ASSERT_FALSE(FastRegex::Make(pattern).ok()) << pattern;
      continue;
    }
    const auto regex = Compiled(pattern);
    for (int j = 0; j < 25; ++j) {
      const std::string text = generator.Text();
      const bool matches = RE2::PartialMatch(text, plain);
      ASSERT_EQ(regex->Matches(text), matches) << pattern << " on " << text;
      if (!matches) continue;
      ASSERT_TRUE(text.starts_with(regex->prefix())) << pattern << " on " << text;
      ASSERT_THAT(regex->set_matches(), testing::AnyOf(IsEmpty(), testing::Contains(text))) << pattern;
    }
    for (const std::string& value : regex->set_matches())
      ASSERT_TRUE(RE2::PartialMatch(value, plain)) << pattern << " on " << value;
  }
}

TEST(FastRegexTest, FindsSetsOfValues) {
  EXPECT_THAT(Compiled("foo")->set_matches(), ElementsAre("foo"));
  EXPECT_THAT(Compiled("")->set_matches(), ElementsAre(""));
  EXPECT_THAT(Compiled("foo|bar|foo")->set_matches(), ElementsAre("bar", "foo"));
  EXPECT_THAT(Compiled("^(a|b)-[12]$")->set_matches(), ElementsAre("a-1", "a-2", "b-1", "b-2"));
  EXPECT_THAT(Compiled("api(-v1)?")->set_matches(), ElementsAre("api", "api-v1"));
  EXPECT_THAT(Compiled("\\.a\\|")->set_matches(), ElementsAre(".a|"));
  for (const char* pattern : {".*", "foo.*", "foo|.+", "(?i)foo", "[^a]", "a+", "[a-z][a-z]"}) {
    EXPECT_THAT(Compiled(pattern)->set_matches(), IsEmpty()) << pattern;
  }
}

TEST(FastRegexTest, LimitsSetsButMatchesLongAlternationsWithoutRe2) {
  std::string pattern;
  for (int i = 0; i < 5000; ++i) pattern.append(i == 0 ? "" : "|").append("host-").append(std::to_string(i));
  for (const std::string& text : {pattern, "(" + pattern + ")"}) {
    const auto regex = Compiled(text);
    EXPECT_THAT(regex->set_matches(), IsEmpty());
    EXPECT_EQ(regex->prefix(), "host-");
    EXPECT_FALSE(regex->uses_re2());
    EXPECT_TRUE(regex->Matches("host-4999"));
    EXPECT_FALSE(regex->Matches("host-5000"));
  }
}

TEST(FastRegexTest, NeedsNoRe2ForGlobs) {
  for (const char* pattern : {".*", ".+", "foo.*", ".*foo", ".*foo.*", "(foo|bar).+", "a|b.*c|.*d", "^prod-.*-eu$"}) {
    EXPECT_FALSE(Compiled(pattern)->uses_re2()) << pattern;
  }
}

TEST(FastRegexTest, FindsPrefixes) {
  EXPECT_EQ(Compiled("prod-(eu|us)-[0-9]+")->prefix(), "prod-");
  EXPECT_EQ(Compiled("foo\\d+")->prefix(), "foo");
  EXPECT_EQ(Compiled("foo|fob")->prefix(), "fo");
  EXPECT_EQ(Compiled("foo|bar.*")->prefix(), "");
  EXPECT_EQ(Compiled("(?i)foo.*")->prefix(), "");
}

TEST(FastRegexTest, SpeaksOfErrorsAsGoDoes) {
  const auto message = [](std::string_view pattern) { return std::string(FastRegex::Make(pattern).status().message()); };
  EXPECT_EQ(message("a(b"), "error parsing regexp: missing closing ): `a(b`");
  EXPECT_EQ(message("a)b"), "error parsing regexp: unexpected ): `a)b`");
  EXPECT_EQ(message("*"), "error parsing regexp: missing argument to repetition operator: `*`");
  EXPECT_EQ(message("a**"), "error parsing regexp: invalid nested repetition operator: `**`");
  EXPECT_EQ(message("[b-a]"), "error parsing regexp: invalid character class range: `b-a`");
  EXPECT_EQ(message("a{1001}"), "error parsing regexp: invalid repeat count: `{1001}`");
  EXPECT_EQ(message("\\8"), "error parsing regexp: invalid escape sequence: `\\8`");
  EXPECT_EQ(message(")("), "error parsing regexp: unexpected ): `)(`");
  EXPECT_EQ(message("a\\"), "error parsing regexp: trailing backslash at end of expression: ``");
  EXPECT_EQ(message("a\\Cb+"), "error parsing regexp: invalid escape sequence: `\\C`");
  EXPECT_TRUE(absl::IsInvalidArgument(FastRegex::Make("\xff").status()));
}

std::string Times(int times, std::string_view text) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// As Go 1.26 answers, tried with Prometheus 3.14.
TEST(FastRegexTest, NestsAsDeepAsInGo) {
  struct Case {
    int levels;
    std::string_view open, middle, close;
    bool ok;
  };
  const Case cases[] = {{998, "(", "", ")", true},         {999, "(", "", ")", false},      {998, "(", "a", ")", true},
                        {1'000, "(", "a", ")", false},     {10'000, "(?:", "a", ")", true}, {997, "(?:", "a", ")*", true},
                        {499, "(", "a", ")*", true},       {500, "(", "a", ")*", false},    {400, "(", "a", "|b)", true},
                        {600, "(", "a", "|b)", false},     {400, "(x", "a", ")", true},     {600, "(x", "a", ")", false},
                        {900, "(?:a(?:", "b", "c))", true}};
  for (const Case& c : cases) {
    const std::string pattern = Times(c.levels, c.open) + std::string(c.middle) + Times(c.levels, c.close);
    const absl::Status status = FastRegex::Make(pattern).status();
    EXPECT_EQ(status.ok(), c.ok) << c.levels << " " << c.open << c.middle << c.close << ": " << status.ToString().substr(0, 100);
    if (!status.ok()) {
      EXPECT_THAT(std::string(status.message()), testing::HasSubstr("expression nests too deeply: `"));
    }
  }
}

}  // namespace
}  // namespace varve
