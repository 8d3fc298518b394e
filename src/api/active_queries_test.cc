#include "api/active_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_value.h"
#include "runtime/files.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ActiveQueriesTest : public testing::Test {
 protected:
  ActiveQueriesTest() : directory_(testing::TempDir() + "/active_queries") {
    EXPECT_TRUE(RealFiles().RemoveTree(directory_).ok());
  }
  std::unique_ptr<ActiveQueries> Open(size_t slots = 2) {
    const Logger logger(LogLevel::kInfo, LogFormat::kLogfmt, [this](std::string_view line) { lines_.emplace_back(line); });
    return ActiveQueries::Open(directory_, slots, clock_, logger).value();
  }
  std::string Content() const {
    std::string text = RealFiles().ReadAll(directory_ + "/queries.active").value();
    std::erase(text, '\0');
    return text;
  }

  const std::string directory_;
  FakeClock clock_{7'500};
  std::vector<std::string> lines_;
};

TEST_F(ActiveQueriesTest, RecordsWhatRuns) {
  const auto log = Open();
  EXPECT_EQ(Content(), "[");
  {
    const ActiveQueries::Entry up = log->Insert("up");
    const ActiveQueries::Entry down = log->Insert("down{a=\"b\"}");
    const ActiveQueries::Entry unrecorded = log->Insert("no slot is left");
    EXPECT_EQ(Content(), R"([{"query":"up","timestamp_sec":7},{"query":"down{a=\"b\"}","timestamp_sec":7},)");
  }
  EXPECT_EQ(Content(), "[");
  const ActiveQueries::Entry again = log->Insert("again");
  EXPECT_THAT(Content(), HasSubstr("again"));
  EXPECT_EQ(RealFiles().Stat(directory_ + "/queries.active")->size, 2001u);
}

TEST_F(ActiveQueriesTest, CutsLongQueriesBetweenCharacters) {
  const auto log = Open(1);
  for (const char* piece : {"x", "\"", "ä"}) {
    std::string query;
    while (query.size() < 1500) query += piece;
    const ActiveQueries::Entry entry = log->Insert(query);
    const std::string text = Content();
    const auto json = JsonValue::Parse(text.substr(1, text.size() - 2));
    ASSERT_TRUE(json.ok()) << text;
    EXPECT_THAT(query, testing::StartsWith(std::string((*json)["query"].StringOr("?"))));
  }
}

TEST_F(ActiveQueriesTest, TellsWhatWasLeftUnfinished) {
  const auto crashed = Open();
  const ActiveQueries::Entry entry = crashed->Insert("sum(everything)");
  EXPECT_THAT(lines_, IsEmpty());
  const auto log = Open();
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("sum(everything)")));
}

}  // namespace
}  // namespace varve
