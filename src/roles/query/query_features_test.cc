#include "roles/query/query_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace varve {
namespace {

using testing::HasSubstr;

absl::StatusOr<QueryFeatures> Parse(std::vector<std::string> names) { return ParseQueryFeatures(names); }

TEST(QueryFeaturesTest, TheLanguageIsPrometheusOwn) {
  const QueryFeatures none = Parse({}).value();
  EXPECT_TRUE(none.parser.enable_duration_expr);
  EXPECT_FALSE(none.parser.enable_experimental_functions);
  EXPECT_FALSE(none.parser.enable_extended_range_selectors);
  EXPECT_FALSE(none.parser.enable_binop_fill_modifiers);
  EXPECT_FALSE(none.delayed_name_removal || none.type_and_unit_labels || none.use_start_timestamps || none.per_step_stats);
}

TEST(QueryFeaturesTest, NamesMayComeInListsAndApart) {
  const QueryFeatures all = Parse({"promql-experimental-functions,promql-extended-range-selectors", "promql-binop-fill-modifiers",
                                   "promql-delayed-name-removal,promql-per-step-stats,type-and-unit-labels,use-start-timestamps"})
                                .value();
  EXPECT_TRUE(all.parser.enable_experimental_functions);
  EXPECT_TRUE(all.parser.enable_extended_range_selectors);
  EXPECT_TRUE(all.parser.enable_binop_fill_modifiers);
  EXPECT_TRUE(all.delayed_name_removal && all.type_and_unit_labels && all.use_start_timestamps && all.per_step_stats);
}

TEST(QueryFeaturesTest, WhatIsPartOfTheLanguageMayBeNamed) {
  EXPECT_TRUE(Parse({"promql-at-modifier,promql-negative-offset,promql-duration-expr,query-pushdown"}).ok());
}

TEST(QueryFeaturesTest, AMistakeIsToldWithWhatThereIs) {
  EXPECT_THAT(Parse({"promql-experimental-function"}).status().message(),
              testing::AllOf(HasSubstr("\"promql-experimental-function\" is not a feature"), HasSubstr("use-start-timestamps")));
}

}  // namespace
}  // namespace varve
