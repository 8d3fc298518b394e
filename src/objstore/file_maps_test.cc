#include "objstore/file_maps.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace varve {
namespace {

class FileMapsTest : public testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/file_maps_XXXXXX";
    ASSERT_NE(::mkdtemp(directory), nullptr);
    directory_ = directory;
    path_ = directory_ + "/file";
    Write("first");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void Write(std::string_view text) { ASSERT_TRUE(RealFiles().WriteAtomically(path_, AsBytes(text)).ok()); }

  std::string directory_, path_;
};

TEST_F(FileMapsTest, KeepsAMappingUntilTheFileIsAnother) {
  FileMaps maps(std::chrono::hours(1));
  const auto first = maps.Get(path_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*maps.Get(path_), *first);
  Write("second");
  const auto second = maps.Get(path_);
  EXPECT_EQ(AsText((*second)->bytes()), "second");
  EXPECT_EQ(AsText((*first)->bytes()), "first");
  ASSERT_EQ(::truncate(path_.c_str(), 3), 0);
  EXPECT_EQ(AsText((*maps.Get(path_))->bytes()), "sec");
  EXPECT_EQ(maps.size(), 1u);
}

TEST_F(FileMapsTest, LetsGoOfWhatIsForgottenOrIdle) {
  FileMaps maps(std::chrono::nanoseconds(0));
  ASSERT_TRUE(maps.Get(path_).ok());
  maps.Forget(path_);
  EXPECT_EQ(maps.size(), 0u);
  ASSERT_TRUE(maps.Get(path_).ok());
  maps.ReleaseIdle();
  EXPECT_EQ(maps.size(), 0u);

  FileMaps patient(std::chrono::hours(1));
  ASSERT_TRUE(patient.Get(path_).ok());
  patient.ReleaseIdle();
  EXPECT_EQ(patient.size(), 1u);
}

TEST_F(FileMapsTest, AbsentFilesAndDirectoriesAreNotFound) {
  FileMaps maps(std::chrono::hours(1));
  EXPECT_TRUE(absl::IsNotFound(maps.Get(directory_ + "/absent").status()));
  EXPECT_TRUE(absl::IsNotFound(maps.Get(directory_).status()));
  EXPECT_TRUE(absl::IsNotFound(maps.Get(path_ + "/below").status()));
}

}  // namespace
}  // namespace varve
