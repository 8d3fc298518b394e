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
  EXPECT_EQ(*FormatBlock(meta, ""), meta.id.ToString());
  EXPECT_EQ(*FormatBlock(meta, "{{.ULID}}"), meta.id.ToString());
  EXPECT_EQ(*FormatBlock(meta, "wide"),
            meta.id.ToString() +
                " -- 1970-01-01T02:00:00Z - 1970-01-01T04:00:00Z Diff: 2h0m0s, Compaction: 1, Downsample: 0, Source: sidecar");
  EXPECT_THAT(*FormatBlock(meta, "json"), HasSubstr("\t\"ulid\": \"" + meta.id.ToString()));
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

  std::vector<BlockMeta> Blocks() {
    std::vector<BlockMeta> blocks;
    const std::vector<std::string> names = *RealFiles().List(scratch_.path());
    for (const std::string& name : names) {
      const auto meta = ReadBlockMeta(RealFiles(), JoinPath(scratch_.path(), name));
      if (meta.ok()) blocks.push_back(*meta);
    }
    return blocks;
  }

  const ScratchDirectory scratch_, work_;
  BlockMeta meta_;
  std::string config_;
};

TEST_F(ToolsTest, ListsAndInspects) {
  EXPECT_EQ(Run({"bucket", "ls", "--output=wide"}), 0);
  EXPECT_EQ(Run({"bucket", "inspect", "-l", "cluster=\"a\"", "--output=json"}), 0);
  EXPECT_EQ(Run({"bucket", "inspect", "--sort-by=NONE"}), 1);
  EXPECT_EQ(Run({"bucket", "ls", "--output={{.ULID}}"}), 0);
  EXPECT_EQ(Run({"bucket", "ls", "--output={{.Ulid}}"}), 1);
  EXPECT_EQ(Run({"bucket", "dance"}), 2);
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

TEST_F(ToolsTest, RewritesOnlyWhenTold) {
  const std::string id = "--id=" + meta_.id.ToString(), directory = "--tmp.dir=" + work_.path();
  const std::string request = "--rewrite.to-delete-config=[{matchers: '{a=\"1\"}', intervals: [{mint: 0, maxt: 5000}]}]";
  EXPECT_EQ(Run({"bucket", "rewrite", id, directory}), 1) << "nothing to do";
  EXPECT_EQ(Run({"bucket", "rewrite", id, directory, request}), 0);
  EXPECT_EQ(Blocks().size(), 1u) << "a dry run";
  EXPECT_EQ(Run({"bucket", "rewrite", id, directory, request, "--no-dry-run", "--delete-blocks"}), 0);
  EXPECT_EQ(Blocks().size(), 2u);
  EXPECT_TRUE(HasFile("deletion-mark.json"));
  const std::string log = JoinPath(work_.path(), meta_.id.ToString() + ".change.log");
  EXPECT_EQ(*RealFiles().ReadAll(log), "Deleted {a=\"1\"} [{0 5000}]\n");
}

TEST_F(ToolsTest, RewritesBlocksOfAPrometheus) {
  BlockBuilder builder;
  builder.Add(Labels{{"a", "1"}}, 1, 1);
  builder.Add(Labels{{"a", "2"}}, 1, 1);
  const std::string id = "--id=" + builder.Write(scratch_.path()).id.ToString(), directory = "--tmp.dir=" + work_.path();
  const std::string request = "--rewrite.to-delete-config=[{matchers: '{a=\"1\"}'}]";
  EXPECT_EQ(Run({"bucket", "rewrite", id, directory, request, "--no-dry-run"}), 1) << "no external labels";
  EXPECT_EQ(Run({"bucket", "rewrite", id, directory, request, "--no-dry-run", "--prom-blocks"}), 0);
  EXPECT_EQ(Blocks().size(), 3u);
}

TEST_F(ToolsTest, ReplicatesIntoAnotherBucket) {
  const std::string to = "--objstore-to.config={type: FILESYSTEM, config: {directory: " + work_.path() + "}}";
  const std::vector<std::string> command = {"bucket", "replicate", "--http-address=127.0.0.1:0", "--single-run", to};
  const auto with = [&command](std::string flag) {
    std::vector<std::string> more = command;
    more.push_back(std::move(flag));
    return more;
  };
  const std::string copy = JoinPath(JoinPath(work_.path(), meta_.id.ToString()), "meta.json");
  EXPECT_EQ(Run(with("--matcher={cluster=\"b\"}")), 0);
  EXPECT_EQ(Run(with("--resolution=5m")), 0);
  EXPECT_EQ(Run(with("--compaction=2")), 0);
  EXPECT_EQ(Run(with("--compaction=two")), 1);
  EXPECT_EQ(Run(with("--compaction-min=5")), 1);
  EXPECT_FALSE(FileExists(RealFiles(), copy));
  EXPECT_EQ(Run(with("--matcher=cluster=\"a\"")), 0);
  EXPECT_TRUE(FileExists(RealFiles(), copy));
}

TEST_F(ToolsTest, UploadsBlocksOfADirectory) {
  BlockBuilder builder;
  builder.Add(Labels{{"a", "1"}}, 1, 1);
  const Ulid id = builder.Write(work_.path()).id;
  const std::string path = "--path=" + work_.path();
  EXPECT_EQ(Run({"bucket", "upload-blocks", path}), 1) << "no labels";
  EXPECT_EQ(Run({"bucket", "upload-blocks", path, "--label=cluster=\"u\""}), 0);
  const BlockMeta uploaded = *ReadBlockMeta(RealFiles(), JoinPath(scratch_.path(), id.ToString()));
  EXPECT_EQ(uploaded.thanos->source, "bucket.upload");
  EXPECT_EQ(uploaded.thanos->labels.at("cluster"), "u");
}

TEST_F(ToolsTest, DownsamplesWhatIsDue) {
  EXPECT_EQ(Run({"bucket", "downsample", "--http-address=127.0.0.1:0", "--wait-interval=0s", "--data-dir=" + work_.path()}), 0);
  std::set<int64_t> resolutions;
  for (const BlockMeta& block : Blocks()) resolutions.insert(block.thanos->resolution_ms);
  EXPECT_THAT(resolutions, testing::ElementsAre(0, 300'000, 3'600'000)) << "the samples are of 1970";
}

}  // namespace
}  // namespace varve
