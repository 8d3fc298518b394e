#include "roles/tools/block_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/testing/fake_blocks.h"

namespace varve {
namespace {

using testing::HasSubstr;

class BlockTemplateTest : public testing::Test {
 protected:
  BlockTemplateTest() : block_(FakeMeta(FakeUlid(1'700'000'000'000), 7'200'000)) {
    block_.thanos->labels = {{"cluster", "a"}, {"replica", "0"}};
    block_.thanos->resolution_ms = 300'000;
    block_.thanos->source = "sidecar";
    block_.stats.series = 12;
  }
  std::string Expand(std::string_view text) {
    const auto expanded = ExpandBlockTemplate(text, block_);
    return expanded.ok() ? *expanded : std::string(expanded.status().message());
  }

  BlockMeta block_;
};

TEST_F(BlockTemplateTest, PutsFieldsIn) {
  const std::string id = block_.id.ToString();
  const struct {
    const char* text;
    std::string expected;
  } kCases[] = {
      {"{{.ULID}}", id},
      {"plain", "plain"},
      {"", ""},
      {"{{ .ULID }} from {{.MinTime}} to {{.MaxTime}}", id + " from 7200000 to 14400000"},
      {"{{.Thanos.Labels}}", "map[cluster:a replica:0]"},
      {"{{.Thanos.Labels.cluster}}/{{.Thanos.Labels.none}}", "a/<no value>"},
      {"{{index .Thanos.Labels \"replica\"}}/{{index .Thanos.Labels `none`}}", "0/"},
      {"{{.Thanos.Downsample.Resolution}} {{.Thanos.Source}} {{.Stats.NumSeries}}", "300000 sidecar 12"},
      {"{{.Compaction.Sources}} {{.Compaction.Failed}}", "[" + id + "] false"},
      {"a  {{- .Stats.NumSeries -}}  b", "a12b"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(Expand(text), expected) << text;
}

TEST_F(BlockTemplateTest, SaysWhatIsWrong) {
  EXPECT_THAT(Expand("xml{{"), HasSubstr("not closed"));
  EXPECT_THAT(Expand("{{.Nothing}}"), HasSubstr("no field of a block; a block has .ULID .MinTime"));
  EXPECT_THAT(Expand("{{range .Compaction.Sources}}"), HasSubstr("no field"));
  EXPECT_THAT(Expand("{{index .Stats \"a\"}}"), HasSubstr("only `index .Thanos.Labels"));
}

}  // namespace
}  // namespace varve
