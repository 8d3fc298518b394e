#include "model/labels.h"

#include <gtest/gtest.h>

#include <random>

#include "base/hash.h"
#include "model/names.h"
#include "model/quote.h"

namespace varve {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs PairsOf(const Labels& labels) {
  Pairs pairs;
  for (const LabelView& label : labels) pairs.emplace_back(label.name, label.value);
  return pairs;
}

TEST(LabelsTest, SortsAndKeepsTheLastOfEqualNamesAndDropsEmptyValues) {
  const Labels labels({{"b", "1"}, {"a", "x"}, {"b", "2"}, {"c", "3"}, {"c", ""}, {"d", ""}});
  EXPECT_EQ(PairsOf(labels), (Pairs{{"a", "x"}, {"b", "2"}}));
  EXPECT_EQ(labels.size(), 2u);
  EXPECT_TRUE(Labels({{"a", ""}}).empty());
}

TEST(LabelsTest, FindsValues) {
  const std::string long_value(70000, 'v');
  const Labels labels({{"__name__", "up"}, {"job", long_value}, {"z", "1"}});
  EXPECT_EQ(labels.Get(kMetricName), "up");
  EXPECT_EQ(labels.Get("job"), long_value);
  EXPECT_EQ(labels.Get("z"), "1");
  for (const char* absent : {"", "a", "jobs", "zz"}) {
    EXPECT_EQ(labels.Get(absent), "");
    EXPECT_FALSE(labels.Has(absent));
  }
  EXPECT_TRUE(labels.Has("job"));
}

TEST(LabelsTest, FromSortedEqualsTheSortingConstructor) {
  const std::vector<LabelView> pairs = {{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(Labels::FromSorted(pairs), Labels({{"b", "2"}, {"a", "1"}}));
}

TEST(LabelsTest, OrdersPairByPair) {
  const std::vector<Labels> ascending = {
      {},
      {{"a", "1"}},
      {{"a", "1"}, {"b", "1"}},
      {{"a", "1"}, {"b", "1"}, {"c", "1"}},
      {{"a", "1"}, {"ba", "1"}},
      {{"a", "11"}},
      {{"a", "2"}, {"b", "0"}},
      {{"a", std::string(200, 'x')}},  // its length takes two bytes
      {{"a", "y"}},
      {{"aa", "0"}},
      {{"b", "0"}},
      {{"\xc3\xa9", "0"}},  // bytes count as unsigned
  };
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) EXPECT_EQ(ascending[i] <=> ascending[j], i <=> j) << i << " " << j;
  }
}

TEST(LabelsTest, OrderAgreesWithTheOrderOfPairs) {
  std::mt19937 random(7);
  const auto text = [&random] {
    std::string out(1 + random() % 3, 'a');
    if (random() % 8 == 0) out.append(126 + random() % 4, 'b');
    for (char& c : out) c = static_cast<char>(c + random() % 2);
    return out;
  };
  std::vector<Labels> sets(120);
  for (Labels& set : sets) {
    LabelsBuilder builder;
    for (size_t i = random() % 4; i > 0; --i) builder.Set(text(), text());
    set = builder.Build();
  }
  for (const Labels& a : sets) {
    for (const Labels& b : sets) ASSERT_EQ(a <=> b, PairsOf(a) <=> PairsOf(b)) << a.ToString() << b.ToString();
  }
}

TEST(LabelsTest, HashesNamesAndValuesWithSeparators) {
  const Labels labels({{"__name__", "up"}, {"instance", "i"}, {"job", "j"}});
  EXPECT_EQ(labels.Hash(), XxHash64("__name__\xffup\xffinstance\xffi\xffjob\xffj\xff"));
  EXPECT_EQ(Labels().Hash(), XxHash64(""));
  const std::vector<std::string> names = {"a", "instance", "k", "z"};
  EXPECT_EQ(labels.HashOf(names), XxHash64("instance\xffi\xff"));
  EXPECT_EQ(labels.HashWithout(names), XxHash64("job\xffj\xff"));
  EXPECT_EQ(labels.HashOf({}), XxHash64(""));
  EXPECT_EQ(labels.HashWithout({}), XxHash64("instance\xffi\xffjob\xffj\xff"));
}

TEST(LabelsTest, HashesSetsThatDoNotFitTheStack) {
  const std::string value(5000, 'v');
  EXPECT_EQ(Labels({{"a", value}}).Hash(), XxHash64("a\xff" + value + "\xff"));
}

TEST(LabelsTest, PrintsAsGoDoes) {
  EXPECT_EQ(Labels().ToString(), "{}");
  EXPECT_EQ(Labels({{"a", "1"}, {"__name__", "x:y"}}).ToString(), "{__name__=\"x:y\", a=\"1\"}");
  EXPECT_EQ(Labels({{"strange.name", "a\"b\\c\n"}}).ToString(), "{\"strange.name\"=\"a\\\"b\\\\c\\n\"}");
}

TEST(LabelsBuilderTest, ChangesASet) {
  LabelsBuilder builder(Labels({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  builder.Set("b", "");
  builder.Set("d", "4");
  builder.Set("a", "9");
  builder.Del("absent");
  EXPECT_EQ(builder.Get("a"), "9");
  EXPECT_EQ(builder.Get("b"), "");
  EXPECT_EQ(builder.Build(), Labels({{"a", "9"}, {"c", "3"}, {"d", "4"}}));
  const std::vector<std::string> keep = {"d", "a"};
  builder.Keep(keep);
  EXPECT_EQ(builder.Build(), Labels({{"a", "9"}, {"d", "4"}}));
  builder.Reset(Labels());
  EXPECT_TRUE(builder.empty());
}

TEST(LabelsBuilderTest, VisitsTheSetAsItWas) {
  LabelsBuilder builder(Labels({{"a", "1"}, {"b", "2"}}));
  std::string seen;
  builder.ForEach([&](std::string_view name, std::string_view value) {
    seen.append(name).append(value);
    builder.Del("b");
    builder.Set("c", "3");
  });
  EXPECT_EQ(seen, "a1b2");
  EXPECT_EQ(builder.Build(), Labels({{"a", "1"}, {"c", "3"}}));
}

TEST(NamesTest, LegacyAndUtf8) {
  for (const char* name : {"a", "_", "__name__", "A9_z"}) EXPECT_TRUE(IsLegacyLabelName(name)) << name;
  for (const char* name : {"", "9a", "a:b", "a.b", "\xc3\xa9", "a b"}) EXPECT_FALSE(IsLegacyLabelName(name)) << name;
  EXPECT_TRUE(IsLegacyMetricName("a:b"));
  EXPECT_TRUE(IsLegacyMetricName(":b"));
  EXPECT_FALSE(IsLegacyMetricName("a.b"));
  EXPECT_TRUE(IsValidMetricName("a.b"));
  EXPECT_TRUE(IsValidLabelName("\xc3\xa9"));
  EXPECT_FALSE(IsValidLabelName(""));
  EXPECT_FALSE(IsValidLabelName("\xff"));
  EXPECT_FALSE(IsValidLabelName("a.b", NameScheme::kLegacy));
  EXPECT_FALSE(IsValidMetricName("", NameScheme::kLegacy));
}

TEST(QuoteTest, EscapesAsGoDoes) {
  EXPECT_EQ(Quoted("a\a\b\f\n\r\t\v\"\\'"), R"("a\a\b\f\n\r\t\v\"\\'")");
  EXPECT_EQ(Quoted(std::string_view("\0\x1f\x7f", 3)), R"("\x00\x1f\x7f")");
  EXPECT_EQ(Quoted("\xff\xc3"), R"("\xff\xc3")");
  EXPECT_EQ(Quoted("\xc3\xa9\xe4\xb8\x96\xf0\x9f\x98\x80"), "\"\xc3\xa9\xe4\xb8\x96\xf0\x9f\x98\x80\"");
  EXPECT_EQ(Quoted("\xe2\x80\x8b\xc2\xa0"), R"("\u200b\u00a0")");  // zero-width and no-break space
  EXPECT_EQ(Quoted("\xf3\xa0\x80\x81"), R"("\U000e0001")");
}

}  // namespace
}  // namespace varve
