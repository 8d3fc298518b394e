#include "model/relabel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace varve {
namespace {

using testing::HasSubstr;

// What becomes of `labels` under the rules in `yaml`: a printed set, or "dropped".
std::string Apply(const Labels& labels, std::string_view yaml) {
  const absl::StatusOr<RelabelRules> rules = ParseRelabelRules(yaml);
  if (!rules.ok()) return rules.status().ToString();
  const std::optional<Labels> result = Relabel(labels, *rules);
  return result ? result->ToString() : "dropped";
}

TEST(RelabelTest, Replaces) {
  const Labels labels({{"a", "foo"}, {"b", "bar"}, {"c", "baz"}});
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: 'f(.*)', target_label: d, replacement: 'ch${1}-ch${1}'}]"),
            R"({a="foo", b="bar", c="baz", d="choo-choo"})");
  EXPECT_EQ(Apply(labels, R"(
- {source_labels: [a, b], regex: 'f(.*);(.*)r', target_label: a, replacement: 'b${1}${2}m'}
- {source_labels: [c, a], regex: '(b).*b(.*)ba(.*)', target_label: d, replacement: '$1$2$2$3'})"),
            R"({a="boobam", b="bar", c="baz", d="boooom"})");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a, b], separator: '', target_label: d}]"),
            R"({a="foo", b="bar", c="baz", d="foobar"})");
  EXPECT_EQ(Apply(labels, "[{target_label: d, replacement: fixed}]"), R"({a="foo", b="bar", c="baz", d="fixed"})");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: nope, target_label: d, replacement: x}]"), labels.ToString());
}

TEST(RelabelTest, AnEmptyReplacementDeletesTheLabel) {
  const Labels labels({{"a", "foo"}, {"f", "baz"}});
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: '(f).*', target_label: '$1', replacement: '$2'}]"), R"({a="foo"})");
  EXPECT_EQ(Apply(labels, "[{target_label: f, replacement: ''}]"), R"({a="foo"})");
  EXPECT_EQ(Apply(labels, "[{source_labels: [absent], target_label: f}]"), R"({a="foo"})");
}

TEST(RelabelTest, ExpandsTargetsAndLeavesInvalidOnesAlone) {
  const Labels labels({{"a", "some-name-value"}});
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: 'some-([^-]+)-([^,]+)', target_label: '${1}', replacement: '${2}'}]"),
            R"({a="some-name-value", name="value"})");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: 'some-([^-]+)-([^,]+)', target_label: '${3}', replacement: '${1}'}]"),
            labels.ToString());
}

TEST(RelabelTest, ExpandsAsGoDoes) {
  const Labels labels({{"a", "foo-bar"}});
  const auto expanded = [&](std::string_view replacement) {
    const std::string yaml = fmt::format(
        "[{{source_labels: [a], regex: '(?P<first>f..)-(?<second>.*)', target_label: b, replacement: '{}'}}]", replacement);
    const std::optional<Labels> result = Relabel(labels, *ParseRelabelRules(yaml));
    return std::string(result->Get("b"));
  };
  EXPECT_EQ(expanded("$1"), "foo");
  EXPECT_EQ(expanded("$0"), "foo-bar");
  EXPECT_EQ(expanded("${first}x${second}"), "fooxbar");
  EXPECT_EQ(expanded("$second"), "bar");
  EXPECT_EQ(expanded("x$1x"), "x");  // the group 1x, which there is not
  EXPECT_EQ(expanded("x${1}x"), "xfoox");
  EXPECT_EQ(expanded("$$1"), "$1");
  EXPECT_EQ(expanded("a$"), "a$");
  EXPECT_EQ(expanded("$-$"), "$-$");
  EXPECT_EQ(expanded("${1"), "${1");
  EXPECT_EQ(expanded("x$01y${3}$99999999999z"), "x");
  EXPECT_EQ(expanded("x${01}${3}${}"), "x${}");
}

TEST(RelabelTest, KeepsAndDrops) {
  const Labels labels({{"a", "foo"}});
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: '.*o.*', action: drop}]"), "dropped");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: 'f|o', action: drop}]"), R"({a="foo"})");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: 'no-match', action: keep}]"), "dropped");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], regex: 'f.*', action: KEEP}]"), R"({a="foo"})");
  EXPECT_EQ(Apply(labels, "[{regex: '', action: drop}]"), "dropped");
}

TEST(RelabelTest, ComparesLabels) {
  const Labels labels({{"a", "80"}, {"b", "80"}, {"c", "81"}});
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], target_label: b, action: keepequal}]"), labels.ToString());
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], target_label: c, action: keepequal}]"), "dropped");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], target_label: b, action: dropequal}]"), "dropped");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], target_label: c, action: dropequal}]"), labels.ToString());
}

TEST(RelabelTest, HashesAsUpstream) {
  EXPECT_EQ(Apply(Labels({{"c", "baz"}}), "[{source_labels: [c], target_label: d, action: hashmod, modulus: 1000}]"),
            R"({c="baz", d="976"})");
  EXPECT_EQ(Apply(Labels({{"a", "foo\nbar"}}), "[{source_labels: [a], target_label: b, action: hashmod, modulus: 1000}]"),
            R"({a="foo\nbar", b="734"})");
}

TEST(RelabelTest, MapsLabelNames) {
  const Labels labels({{"a", "foo"}, {"__meta_my_bar", "aaa"}, {"__meta_other", "ccc"}});
  EXPECT_EQ(Apply(labels, "[{regex: '__meta_(my.*)', action: labelmap}]"),
            R"({__meta_my_bar="aaa", __meta_other="ccc", a="foo", my_bar="aaa"})");
  EXPECT_EQ(Apply(labels, "[{regex: 'a', replacement: 'bar_${0}', action: labelmap}]"),
            R"({__meta_my_bar="aaa", __meta_other="ccc", a="foo", bar_a="foo"})");
  EXPECT_EQ(Apply(labels, "[{regex: '__.*', action: labeldrop}]"), R"({a="foo"})");
  EXPECT_EQ(Apply(labels, "[{regex: '__meta_my.*', action: labelkeep}]"), R"({__meta_my_bar="aaa"})");
}

TEST(RelabelTest, ChangesCase) {
  const Labels labels({{"a", "bAr\xc3\xa9\xce\x94"}});
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], target_label: a, action: uppercase}]"), "{a=\"BAR\xc3\x89\xce\x94\"}");
  EXPECT_EQ(Apply(labels, "[{source_labels: [a], target_label: a, action: lowercase}]"), "{a=\"bar\xc3\xa9\xce\xb4\"}");
  EXPECT_EQ(Apply(Labels({{"a", "Foo-9"}}), "[{source_labels: [a], target_label: b, action: uppercase}]"),
            R"({a="Foo-9", b="FOO-9"})");
}

TEST(RelabelTest, RefusesRulesInPrometheusWords) {
  const auto error = [](std::string_view rule) {
    const auto rules = ParseRelabelRules(fmt::format("- {{{}}}", rule));
    EXPECT_TRUE(absl::IsInvalidArgument(rules.status())) << rule;
    return std::string(rules.status().message());
  };
  EXPECT_THAT(error("action: hashmod, target_label: d"),
              HasSubstr("relabel configuration for hashmod requires non-zero modulus"));
  EXPECT_THAT(error("action: replace"), HasSubstr("relabel configuration for replace action requires 'target_label' value"));
  EXPECT_THAT(error("action: lowercase, replacement: x, target_label: a"),
              HasSubstr("'replacement' can not be set for lowercase action"));
  EXPECT_THAT(error("action: labelmap, replacement: ''"), HasSubstr("\"\" is invalid 'replacement' for labelmap action"));
  EXPECT_THAT(error("action: keepequal, target_label: a, modulus: 3"),
              HasSubstr("keepequal action requires only 'source_labels' and `target_label`, and no other fields"));
  EXPECT_THAT(error("action: labeldrop, regex: a, source_labels: [a]"),
              HasSubstr("labeldrop action requires only 'regex', and no other fields"));
  EXPECT_THAT(error("action: nonsense"), HasSubstr("unknown relabel action \"nonsense\""));
  EXPECT_THAT(error("action: drop, regex: '('"), HasSubstr("error parsing regexp: missing closing )"));
  EXPECT_THAT(error("action: drop, regexp: a"), HasSubstr("regexp"));
  EXPECT_THAT(error("action: drop, source_labels: ['']"), HasSubstr("\"\" is not a valid label name"));
  EXPECT_THAT(error("action: drop, source_labels: a"), HasSubstr("source_labels"));
}

TEST(RelabelTest, RefusesTargetsThatAreNoLabels) {
  const absl::Status refused = RelabelRule::Make({.target_label = "\xff"}).status();
  EXPECT_EQ(refused.message(), "\"\\xff\" is invalid 'target_label' for replace action");
}

TEST(RelabelTest, KnowsTheLegacyScheme) {
  RelabelRule::Config config{.target_label = "a.b", .name_scheme = NameScheme::kLegacy};
  EXPECT_FALSE(RelabelRule::Make(config).ok());
  config.target_label = "a_${1}_$2";
  EXPECT_TRUE(RelabelRule::Make(config).ok());
  config.target_label = "0${1}";
  EXPECT_FALSE(RelabelRule::Make(config).ok());
  config.target_label = "a.b";
  config.name_scheme = NameScheme::kUtf8;
  EXPECT_TRUE(RelabelRule::Make(config).ok());
}

TEST(RelabelTest, SelectorsKeepDropAndHash) {
  EXPECT_TRUE(ParseSelectorRelabelRules("[{source_labels: [a], regex: x, action: keep}]").ok());
  EXPECT_TRUE(ParseSelectorRelabelRules("[{source_labels: [a], target_label: s, modulus: 2, action: hashmod}]").ok());
  EXPECT_EQ(ParseSelectorRelabelRules("[{action: labeldrop, regex: x}]").status().message(),
            "unsupported relabel action: labeldrop");
  EXPECT_TRUE(ParseSelectorRelabelRules("")->empty());
  EXPECT_FALSE(ParseSelectorRelabelRules("a: b").ok());
}

}  // namespace
}  // namespace varve
