// The real promtool and prometheus as judges: they read what we write, and we read what they write. Skipped where they are not
// installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "tsdb/block_reader.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::HasSubstr;

struct Output {
  std::string text;  // stdout and stderr
  int exit_code = -1;
};

Output Shell(const std::string& command) {
  Output output;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return output;
  char buffer[4096];
  while (const size_t got = std::fread(buffer, 1, sizeof(buffer), pipe)) output.text.append(buffer, got);
  output.exit_code = WEXITSTATUS(::pclose(pipe));
  return output;
}

class PromtoolTest : public testing::Test {
 protected:
  void SetUp() override {
    if (Shell("promtool --version").exit_code != 0) GTEST_SKIP() << "promtool is not installed (apt-get install prometheus)";
  }
  const ScratchDirectory scratch_;
};

// The samples of all series of a block, in the form of `promtool tsdb dump`.
std::vector<std::string> Dump(std::shared_ptr<const BlockReader> block) {
  std::vector<std::string> lines;
  auto set = BlockReader::Select(std::move(block), Context(), {}, {});
  while (set->Next()) {
    SeriesSamples samples;
    for (const ChunkView& chunk : set->At().chunks) EXPECT_TRUE(DecodeChunk(chunk.encoding, chunk.data, samples).ok());
    for (size_t i = 0; i < samples.floats.size(); ++i) {
      lines.push_back(fmt::format("{} {} {}", set->At().labels.ToString(), samples.floats.values[i], samples.floats.times[i]));
    }
  }
  EXPECT_TRUE(set->status().ok()) << set->status();
  return lines;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Not EXPECT_EQ on the vectors: gtest's own diff of so many lines would not end.
void ExpectSameLines(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  EXPECT_EQ(a.size(), b.size());
  const auto [in_a, in_b] = std::ranges::mismatch(a, b);
  if (in_a != a.end() && in_b != b.end()) ADD_FAILURE() << "line " << in_a - a.begin() << ": " << *in_a << " / " << *in_b;
}

TEST_F(PromtoolTest, ReadsOurBlock) {
  BlockBuilder builder;
  for (int series = 0; series < 300; ++series) {
    const Labels labels{
        {"__name__", "requests_total"}, {"path", fmt::format("/p{:03}", series % 100)}, {"pod", fmt::format("{}", series / 100)}};
    for (int i = 0; i < 250; ++i) builder.Add(labels, 1'600'000'000'000 + i * 15'000, series + i * 2);
  }
  builder.Add(Labels{{"__name__", "quoted"}, {"text", "a\"b\\c\nd \xc3\xa9"}}, 1'600'000'000'000, 1);
  const BlockMeta meta = builder.Write(scratch_.path(), {.segment_bytes = 20'000});
  auto block = *BlockReader::Open(RealFiles(), JoinPath(scratch_.path(), meta.id.ToString()));
  ASSERT_GT(block->chunks().segment_count(), 1u);

  const Output listed = Shell("promtool tsdb list " + scratch_.path());
  EXPECT_EQ(listed.exit_code, 0);
  EXPECT_THAT(listed.text, HasSubstr(meta.id.ToString()));
  const Output analyzed = Shell("promtool tsdb analyze --extended " + scratch_.path() + " " + meta.id.ToString());
  EXPECT_EQ(analyzed.exit_code, 0) << analyzed.text;
  EXPECT_THAT(analyzed.text, HasSubstr("Series: 301"));
  ASSERT_TRUE(RealFiles().MakeDirectories(JoinPath(scratch_.path(), "wal")).ok());  // dump wants one
  const Output dumped = Shell("promtool tsdb dump " + scratch_.path());
  EXPECT_EQ(dumped.exit_code, 0);
  ExpectSameLines(Lines(dumped.text), Dump(block));
  EXPECT_EQ(Lines(dumped.text).size(), 75'001u);
}

// Histograms do not show in a dump, so a server is asked.
TEST_F(PromtoolTest, PrometheusServesOurHistograms) {
  if (Shell("prometheus --version").exit_code != 0) GTEST_SKIP() << "prometheus is not installed (apt-get install prometheus)";
  BlockBuilder builder;
  constexpr TimestampMs kStart = 1'600'000'000'000;
  for (int i = 0; i < 40; ++i) {
    const FloatHistogram whole{.zero_threshold = 0.001,
                               .count = 5.0 + i,
                               .sum = 2.5 * i,
                               .positive_spans = {{0, 1}, {2, 1}},
                               .positive = {2.0, 3.0 + i}};
    FloatHistogram fractions = whole;
    fractions.count += 0.25;
    fractions.zero_count = 0.25;
    builder.Add(Labels{{"__name__", "whole"}}, kStart + i * 15'000, whole);
    builder.Add(Labels{{"__name__", "fractions"}}, kStart + i * 15'000, fractions);
  }
  builder.Write(scratch_.path());

  const int port = 20'000 + static_cast<int>(::getpid() % 20'000);
  std::ofstream(JoinPath(scratch_.path(), "empty.yml")) << "global: {}\n";
  const std::string query = fmt::format("promtool query instant --time=1600000300 http://127.0.0.1:{} ", port);
  const Output answer =
      Shell(fmt::format("cd {}; prometheus --config.file=empty.yml --storage.tsdb.path=. --web.listen-address=127.0.0.1:{} "
                        "--enable-feature=native-histograms "
                        ">server.log 2>&1 & server=$!; "
                        "for attempt in $(seq 100); do {} 'vector(1)' >/dev/null 2>&1 && break; sleep 0.2; done; "
                        "for expression in 'histogram_count(whole)' 'histogram_sum(whole)' 'histogram_count(fractions)' "
                        "'histogram_quantile(1, whole)'; do {} "
                        "\"$expression\"; done; kill $server; wait $server",
                        scratch_.path(), port, query, query));
  EXPECT_THAT(answer.text, HasSubstr("{} => 25 @[1600000300]"));  // the 21st sample: 5 + 20
  EXPECT_THAT(answer.text, HasSubstr("{} => 50 @[1600000300]"));  // 2.5 * 20
  EXPECT_THAT(answer.text, HasSubstr("{} => 25.25 @[1600000300]"));
  EXPECT_THAT(answer.text, HasSubstr("{} => 8 @[1600000300]"));  // the upper bound of bucket 3
}

TEST_F(PromtoolTest, WritesBlocksWeRead) {
  const std::string input = JoinPath(scratch_.path(), "input.om");
  const std::string output = JoinPath(scratch_.path(), "blocks");
  {
    std::ofstream file(input);
    for (int series = 0; series < 200; ++series) {
      for (int i = 0; i < 300; ++i)
        file << fmt::format("up{{instance=\"{:03}\"}} {} {}\n", series, i * series % 17, 1'600'000'000 + i * 15);
    }
    file << "# EOF\n";
  }
  const Output created = Shell("promtool tsdb create-blocks-from openmetrics " + input + " " + output);
  ASSERT_EQ(created.exit_code, 0) << created.text;
  ASSERT_TRUE(RealFiles().MakeDirectories(JoinPath(output, "wal")).ok());
  const Output dumped = Shell("promtool tsdb dump " + output);
  ASSERT_EQ(dumped.exit_code, 0);
  std::vector<std::string> ours;
  const std::vector<std::string> names = *RealFiles().List(output);
  for (const std::string& name : names) {
    if (!Ulid::Parse(name).ok()) continue;
    auto block = BlockReader::Open(RealFiles(), JoinPath(output, name));
    ASSERT_TRUE(block.ok()) << block.status();
    EXPECT_THAT(*(*block)->LabelNames(Context(), {}), testing::ElementsAre("__name__", "instance"));
    for (std::string& line : Dump(*block)) ours.push_back(std::move(line));
  }
  std::vector<std::string> theirs = Lines(dumped.text);
  std::ranges::sort(ours);
  std::ranges::sort(theirs);
  ExpectSameLines(ours, theirs);
}

}  // namespace
}  // namespace varve
