#include "roles/tools/rewrite_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST(RewriteConfigTest, ReadsDeletionRequests) {
  const auto deletions = *ParseDeletionRequests(R"(
- matchers: '{__name__="requests_total", pod=~"old-.*"}'
  intervals:
  - mint: 0
    maxt: 100
  - {mint: 200, maxt: 300}
  request_id: GDPR-17
- matchers: up
)");
  ASSERT_THAT(deletions, SizeIs(2));
  EXPECT_EQ(ToString(deletions[0].matchers), R"({__name__="requests_total",pod=~"old-.*"})");
  EXPECT_THAT(deletions[0].intervals, ElementsAre(QueryRange{0, 100}, QueryRange{200, 300}));
  EXPECT_EQ(deletions[0].id, "GDPR-17");
  EXPECT_EQ(ToString(deletions[1].matchers), R"({__name__="up"})");
}

TEST(RewriteConfigTest, RefusesWhatCouldDeleteTooMuch) {
  const struct {
    const char *yaml, *message;
  } kCases[] = {
      {"- {intervals: [{mint: 0, maxt: 1}]}", "without matchers"},
      {"- {matchers: '{}'}", "matches every series"},
      {"- {matchers: '{a=}'}", "line 1: matchers"},
      {"- {matchers: up, interval: []}", "unknown key"},
      {"- {matchers: up, intervals: [{mint: 5, maxt: 1}]}", "before it begins"},
      {"- {matchers: up, intervals: {mint: 5, maxt: 1}}", "not a list"},
      {"matchers: up", "not a list"},
  };
  for (const auto& [yaml, message] : kCases) {
    EXPECT_THAT(std::string(ParseSeriesChanges(yaml, "").status().message()), HasSubstr(message)) << yaml;
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(ParseSeriesChanges("", "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseSeriesChanges("", "[{action: dance}]").status()));
  EXPECT_THAT(ParseSeriesChanges("", "[{action: labeldrop, regex: pod}]")->relabels, SizeIs(1));
}

}  // namespace
}  // namespace varve
