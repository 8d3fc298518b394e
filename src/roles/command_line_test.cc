#include "roles/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/files.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Config {
  std::string data_dir = "./data";
  int64_t limit = 20;
  bool cache = true;
  std::vector<std::string> endpoints;
  int64_t delay_ms = 0;
  uint64_t size = 250 << 20;
  TimeFlag min_time = kBeginningOfTime;
  std::string strategy = "concurrent";
  std::string objstore;
};

struct Parsed {
  Config config;
  absl::Status status;
  std::vector<std::string> warnings;
};

Parsed ParseArgs(std::vector<std::string> arguments) {
  Parsed parsed;
  Config& config = parsed.config;
  CommandLine flags("test", "A test.");
  flags.Text("data-dir", config.data_dir, "Data.");
  flags.Integer("store.grpc.series-max-concurrency", config.limit, "Limit.");
  flags.Switch("cache-index-header", config.cache, "Cache.");
  flags.List("endpoint,store", config.endpoints, "Endpoints.");
  flags.DurationMs("consistency-delay", config.delay_ms, "Delay.");
  flags.SizeBytes("index-cache-size", config.size, "Size.");
  flags.Time("min-time", config.min_time, "Min.");
  flags.Choice("block-discovery-strategy", config.strategy, {"concurrent", "recursive"}, "Strategy.");
  flags.PathOrContent("objstore.config", config.objstore, "Bucket.");
  flags.Refuse({"tracing.config"}, "tracing comes in a later version; leave the flag out");
  flags.Ignore({"chunk-pool-size", "enable-auto-gomemlimit"}, "Varve has no Go runtime");
  parsed.status = flags.Parse(std::move(arguments)).status();
  parsed.warnings = flags.warnings();
  return parsed;
}

TEST(CommandLineTest, ReadsEveryKind) {
  const Parsed parsed =
      ParseArgs({"--data-dir=/data", "--store.grpc.series-max-concurrency", "5", "--no-cache-index-header", "--endpoint=a:1",
                 "--store", "dnssrv+_grpc._tcp.b:2", "--consistency-delay=1d", "--index-cache-size=1GB", "--min-time=-6h",
                 "--block-discovery-strategy=recursive", "--objstore.config=type: FILESYSTEM"});
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_EQ(parsed.config.data_dir, "/data");
  EXPECT_EQ(parsed.config.limit, 5);
  EXPECT_FALSE(parsed.config.cache);
  EXPECT_THAT(parsed.config.endpoints, ElementsAre("a:1", "dnssrv+_grpc._tcp.b:2"));
  EXPECT_EQ(parsed.config.delay_ms, 86400000);
  EXPECT_EQ(parsed.config.size, 1u << 30);
  EXPECT_EQ(parsed.config.min_time.Resolve(100), 100 - 6 * 3600000);
  EXPECT_EQ(parsed.config.strategy, "recursive");
  EXPECT_EQ(parsed.config.objstore, "type: FILESYSTEM");
}

TEST(CommandLineTest, RefusesWithTheFlagAndTheReason) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--no-such-flag"}, "--no-such-flag"},
      {{"--tracing.config=x"}, "--tracing.config is not available in this version: tracing comes in a later version"},
      {{"--consistency-delay=fast"}, "consistency-delay"},
      {{"--block-discovery-strategy=x"}, "block-discovery-strategy"},
      {{"--store.grpc.series-max-concurrency=many"}, "series-max-concurrency"},
      {{"--objstore.config=x", "--objstore.config-file=y"}, "both --objstore.config-file and --objstore.config"},
      {{"--objstore.config-file=/no/such/file"}, "/no/such/file"},
      {{"--min-time=yesterday"}, "yesterday"},
      {{"stray"}, "stray"},
  };
  for (const auto& [arguments, expected] : cases) {
    const Parsed parsed = ParseArgs(arguments);
    EXPECT_TRUE(absl::IsInvalidArgument(parsed.status)) << arguments[0];
    EXPECT_THAT(std::string(parsed.status.message()), HasSubstr(expected));
  }
}

TEST(CommandLineTest, RemembersThePathOfAConfig) {
  const std::string path = testing::TempDir() + "/command_line_config.yml";
  const std::string text = "type: FILESYSTEM";
  ASSERT_TRUE(RealFiles().WriteAtomically(path, {reinterpret_cast<const std::byte*>(text.data()), text.size()}).ok());
  for (const std::string& argument : {"--objstore.config-file=" + path, "--objstore.config=" + text}) {
    std::string content, from;
    CommandLine flags("test", "");
    flags.PathOrContent("objstore.config", content, "Bucket.", &from);
    ASSERT_TRUE(flags.Parse({argument}).ok());
    EXPECT_EQ(content, text);
    EXPECT_EQ(from, argument.find("-file") == std::string::npos ? "" : path);
  }
}

TEST(CommandLineTest, IgnoredFlagsMayComeTwice) {
  EXPECT_TRUE(ParseArgs({"--chunk-pool-size=1", "--chunk-pool-size=2"}).status.ok());
}

TEST(CommandLineTest, SaysWhatItIgnores) {
  const Parsed parsed = ParseArgs({"--chunk-pool-size=2GB", "--enable-auto-gomemlimit", "--data-dir=x"});
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_EQ(parsed.config.data_dir, "x");
  EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("--chunk-pool-size has no effect"), HasSubstr("--enable-auto-gomemlimit")));
}

}  // namespace
}  // namespace varve
