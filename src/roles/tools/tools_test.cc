#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/testing/compact_world.h"
#include "blocks/testing/fake_blocks.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/tools_command.h"

namespace varve {
namespace {

using testing::HasSubstr;

TEST(TextTableTest, Formats) {
  TextTable table{.header = {"A", "B"}, .rows = {{"2", "x,y"}, {"1", "say \"hi\""}}};
  EXPECT_FALSE(table.SortBy({"C"}).ok());
  ASSERT_TRUE(table.SortBy({"A"}).ok());
  EXPECT_EQ(*table.Format("table"), "| A | B        |\n|---|----------|\n| 1 | say \"hi\" |\n| 2 | x,y      |\n");
  EXPECT_EQ(*table.Format("csv"), "A,B\n1,\"say \"\"hi\"\"\"\n2,\"x,y\"\n");
  EXPECT_EQ(*table.Format("tsv"), "A\tB\n1\t\"say \"\"hi\"\"\"\n2\tx,y\n");
  EXPECT_EQ(*table.Format("json"), "[{\"A\":\"1\",\"B\":\"say \\\"hi\\\"\"},{\"A\":\"2\",\"B\":\"x,y\"}]\n");
  EXPECT_FALSE(table.Format("xml").ok());
}

TEST(BucketLsTest, FormatsABlock) {
  BlockMeta meta = FakeMeta(FakeUlid(1'700'000'000'000), 7'200'000);
  meta.thanos->source = "sidecar";
  EXPECT_EQ(FormatBlock(meta, ""), meta.id.ToString());
  EXPECT_EQ(FormatBlock(meta, "wide"),
            meta.id.ToString() +
                " -- 1970-01-01T02:00:00Z - 1970-01-01T04:00:00Z Diff: 2h0m0s, Compaction: 1, Downsample: 0, Source: sidecar");
  EXPECT_THAT(FormatBlock(meta, "json"), HasSubstr("\t\"ulid\": \"" + meta.id.ToString()));
}

TEST(BucketInspectTest, ShowsABlock) {
  BlockMeta meta = FakeMeta(FakeUlid(1'700'000'000'000), 0);
  meta.stats.samples = 1'234'567;
  const TextTable table = InspectTable({{meta.id, std::make_shared<const BlockMeta>(meta)}});
  ASSERT_EQ(table.rows.size(), 1u);
  ASSERT_EQ(table.rows[0].size(), table.header.size());
  EXPECT_EQ(table.rows[0][3], "2h0m0s");
  EXPECT_EQ(table.rows[0][4], "38h0m0s");
  EXPECT_EQ(table.rows[0][6], "1,234,567");
}

// The commands themselves, over a bucket of files.
class ToolsTest : public testing::Test {
 protected:
  ToolsTest() {
    BlockBuilder builder;
    for (int i = 0; i < 10; ++i) builder.Add(Labels{{"a", "1"}}, i * 1000, i);
    meta_ = builder.Write(scratch_.path(), {.thanos = ThanosMeta{.labels = {{"cluster", "a"}}, .source = "sidecar"}});
    config_ = "--objstore.config={type: FILESYSTEM, config: {directory: " + scratch_.path() + "}}";
  }
  int Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), config_);
    return RunTools("tools", "", std::move(arguments));
  }
  bool HasFile(std::string_view name) {
    return FileExists(RealFiles(), JoinPath(JoinPath(scratch_.path(), meta_.id.ToString()), name));
  }

  const ScratchDirectory scratch_;
  BlockMeta meta_;
  std::string config_;
};

TEST_F(ToolsTest, ListsAndInspects) {
  EXPECT_EQ(Run({"bucket", "ls", "--output=wide"}), 0);
  EXPECT_EQ(Run({"bucket", "inspect", "-l", "cluster=\"a\"", "--output=json"}), 0);
  EXPECT_EQ(Run({"bucket", "inspect", "--sort-by=NONE"}), 1);
  EXPECT_EQ(Run({"bucket", "ls", "--output=xml"}), 2);
  EXPECT_EQ(Run({"bucket", "web"}), 2);
  EXPECT_EQ(Run({"bucket"}), 2);
}

TEST_F(ToolsTest, MarksAndLifts) {
  const std::string id = "--id=" + meta_.id.ToString();
  EXPECT_EQ(Run({"bucket", "mark", id, "--marker=no-compact-mark.json", "--details=because"}), 0);
  EXPECT_TRUE(HasFile("no-compact-mark.json"));
  EXPECT_EQ(Run({"bucket", "mark", id, "--marker=no-compact-mark.json", "--remove"}), 0);
  EXPECT_FALSE(HasFile("no-compact-mark.json"));
  EXPECT_EQ(Run({"bucket", "mark", "--id=" + FakeUlid(1).ToString(), "--marker=deletion-mark.json"}), 1);
}

TEST_F(ToolsTest, VerifyFindsDamage) {
  EXPECT_EQ(Run({"bucket", "verify"}), 0);
  const std::string path = JoinPath(scratch_.path(), meta_.id.ToString() + "/chunks/000001");
  std::string bytes = *RealFiles().ReadAll(path);
  bytes.back() ^= 1;
  ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes(bytes)).ok());
  EXPECT_EQ(Run({"bucket", "verify"}), 1);
}

TEST_F(ToolsTest, RetentionSaysMarksAndCleansUp) {
  const std::vector<std::string> command = {"bucket", "retention", "--retention.resolution-raw=1d", "--consistency-delay=0s"};
  std::vector<std::string> dry = command, free = command;
  dry.push_back("--dry-run");
  free.push_back("--no-retention.interlock");
  EXPECT_EQ(Run(dry), 0);
  EXPECT_EQ(Run(command), 0);
  EXPECT_FALSE(HasFile("deletion-mark.json")) << "nothing takes its place";
  EXPECT_EQ(Run(free), 0);
  EXPECT_TRUE(HasFile("deletion-mark.json"));
  EXPECT_EQ(Run({"bucket", "cleanup", "--consistency-delay=0s"}), 0);
  EXPECT_TRUE(HasFile("meta.json"));
}

}  // namespace
}  // namespace varve
