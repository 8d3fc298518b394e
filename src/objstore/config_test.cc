#include "objstore/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "base/errors.h"
#include "objstore/env_expansion.h"

namespace varve {
namespace {

using testing::HasSubstr;

TEST(BucketConfigTest, ReadsTypePrefixAndConfig) {
  const auto config =
      ParseBucketConfig("type: filesystem\nconfig:\n  directory: /data\nprefix: /a/b/\nhedging_config: {enabled: true}\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->type, "FILESYSTEM");
  EXPECT_EQ(config->prefix, "a/b");
  EXPECT_EQ(config->config.Find("directory")->scalar(), "/data");
}

TEST(BucketConfigTest, MakesAMeteredPrefixedFilesystemBucket) {
  MetricsRegistry registry;
  const Logger logger(LogLevel::kError);
  const std::string directory = fmt::format("{}varve-config-{}", testing::TempDir(), ::getpid());
  const auto bucket =
      MakeBucket(fmt::format("type: FILESYSTEM\nconfig: {{directory: {}}}\nprefix: p\n", directory), registry, logger);
  ASSERT_TRUE(bucket.ok()) << bucket.status();
  ASSERT_TRUE((*bucket)->Upload(Context(), "x", AsBytes("1")).ok());
  EXPECT_TRUE(std::filesystem::exists(directory + "/p/x"));
  EXPECT_THAT(MetricsAsText(registry), HasSubstr(fmt::format("{{bucket=\"fs: {}\",operation=\"upload\"}} 1", directory)));
  std::filesystem::remove_all(directory);
}

TEST(BucketConfigTest, RefusesWhatItDoesNotUnderstand) {
  struct Case {
    std::string_view yaml;
    absl::StatusCode code;
    std::string_view message;
  };
  const Case cases[] = {
      {"type: FLOPPY\n", absl::StatusCode::kInvalidArgument, "FLOPPY"},
      {"config: {}\n", absl::StatusCode::kInvalidArgument, "known types"},
      {"type: FILESYSTEM\nbucket: x\n", absl::StatusCode::kInvalidArgument, "\"bucket\""},
      {"type: FILESYSTEM\nconfig: {directory: /d, dir: /e}\n", absl::StatusCode::kInvalidArgument, "\"dir\""},
      {"type: FILESYSTEM\n", absl::StatusCode::kInvalidArgument, "missing directory"},
      {"type: FILESYSTEM\nprefix: a/../b\nconfig: {directory: /d}\n", absl::StatusCode::kInvalidArgument, "prefix"},
      {"- a\n", absl::StatusCode::kInvalidArgument, "map"},
      {"type: s3\nconfig: {bucket: b, endpoint: http://e}\n", absl::StatusCode::kInvalidArgument, "has a scheme"},
      {"type: swift\n", absl::StatusCode::kUnimplemented, "types S3, GCS, AZURE and FILESYSTEM work"},
  };
  MetricsRegistry registry;
  const Logger logger(LogLevel::kError);
  for (const Case& c : cases) {
    const absl::Status status = MakeBucket(c.yaml, registry, logger).status();
    EXPECT_EQ(status.code(), c.code) << c.yaml << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(c.message)));
  }
}

TEST(ExpandEnvTest, ReplacesReferences) {
  const std::map<std::string, std::string> env = {{"A", "$(B)"}, {"B_1", "two"}, {"EMPTY", ""}};
  const EnvLookup lookup = [&env](const std::string& name) -> std::optional<std::string> {
    const auto found = env.find(name);
    return found == env.end() ? std::nullopt : std::optional(found->second);
  };
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"plain $ text $", "plain $ text $"},
      {"x: $(B_1)/$(A)$(EMPTY).", "x: two/$(B)."},  // a value is not expanded again
      {"${B_1} ${UNSET} ${1} $1", "two ${UNSET} ${1} $1"},
      {"$() $(A $(a-b) ${", "$() $(A $(a-b) ${"},
      {"$$(B_1)", "$two"},
  };
  for (const auto& [text, expanded] : cases) EXPECT_EQ(*ExpandEnv(text, lookup), expanded) << text;
  EXPECT_THAT(std::string(ExpandEnv("a: $(NOT_SET)", lookup).status().message()), HasSubstr("NOT_SET"));
}

}  // namespace
}  // namespace varve
