// The contract of every bucket, signed here, and what is peculiar to the FILESYSTEM and the wrapping ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/errors.h"
#include "objstore/filesystem_bucket.h"
#include "objstore/memory_bucket.h"
#include "objstore/metered_bucket.h"
#include "objstore/prefixed_bucket.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/faulty_bucket.h"
#include "runtime/files.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A path where nothing is yet; what is made there is gone at the end of the process.
std::string FreshDirectory() {
  struct Scratch {
    Scratch() { std::filesystem::create_directories(path); }
    ~Scratch() { std::filesystem::remove_all(path); }
    const std::string path = JoinPath(testing::TempDir(), fmt::format("varve-bucket-{}", ::getpid()));
  };
  static const Scratch scratch;
  static int count = 0;
  return fmt::format("{}/{}", scratch.path, ++count);
}

std::unique_ptr<Bucket> NewFreshFilesystemBucket() { return *NewFilesystemBucket(FreshDirectory()); }

MetricsRegistry& SomeRegistry() {
  static MetricsRegistry registry;
  return registry;
}

INSTANTIATE_TEST_SUITE_P(Memory, BucketContract, testing::Values([] { return NewMemoryBucket(); }));
INSTANTIATE_TEST_SUITE_P(Filesystem, BucketContract, testing::Values(NewFreshFilesystemBucket));
INSTANTIATE_TEST_SUITE_P(Prefixed, BucketContract,
                         testing::Values([] { return NewPrefixedBucket(NewMemoryBucket(), "/tenants/a/"); },
                                         [] { return NewPrefixedBucket(NewFreshFilesystemBucket(), "p"); }));
INSTANTIATE_TEST_SUITE_P(Metered, BucketContract,
                         testing::Values([] { return NewMeteredBucket(NewMemoryBucket(), SomeRegistry()); }));
INSTANTIATE_TEST_SUITE_P(FaultyWithoutFaults, BucketContract,
                         testing::Values([] { return std::make_unique<FaultyBucket>(NewMemoryBucket()); }));

std::vector<std::string> NamesIn(Bucket& bucket) {
  std::vector<std::string> names;
  EXPECT_TRUE(bucket
                  .Iter(Context(), "", {.recursive = true},
                        [&](const ObjectEntry& entry) {
                          names.push_back(entry.name);
                          return absl::OkStatus();
                        })
                  .ok());
  return names;
}

TEST(FilesystemBucketTest, KeepsObjectsAsPlainFiles) {
  const std::string directory = FreshDirectory();
  const auto bucket = *NewFilesystemBucket(directory);
  ASSERT_TRUE(bucket->Upload(Context(), "id/chunks/000001", AsBytes("abc")).ok());
  EXPECT_EQ(*RealFiles().ReadAll(directory + "/id/chunks/000001"), "abc");
  EXPECT_EQ(bucket->provider(), "FILESYSTEM");
  EXPECT_EQ(bucket->name(), "fs: " + directory);
  EXPECT_EQ(RealFiles().List(directory + "/.varve-uploads")->size(), 0u);
  ASSERT_TRUE(bucket->Delete(Context(), "id/chunks/000001").ok());
  EXPECT_FALSE(FileExists(RealFiles(), directory + "/id"));
  EXPECT_TRUE(FileExists(RealFiles(), directory));
}

TEST(FilesystemBucketTest, UploadsLocalFiles) {
  const auto bucket = NewFreshFilesystemBucket();
  const std::string source = FreshDirectory();
  const std::string content(3'000'000, 'z');
  ASSERT_TRUE(RealFiles().WriteAtomically(source, AsBytes(content)).ok());
  ASSERT_TRUE(bucket->UploadFile(Context(), "big", source).ok());
  EXPECT_EQ(*bucket->ReadAll(Context(), "big"), content);
  ASSERT_TRUE(RealFiles().WriteAtomically(source, AsBytes("")).ok());
  ASSERT_TRUE(bucket->UploadFile(Context(), "big", source).ok());
  EXPECT_EQ(*bucket->ReadAll(Context(), "big"), "");
  EXPECT_TRUE(absl::IsNotFound(bucket->UploadFile(Context(), "big", source + "-absent")));
}

TEST(FilesystemBucketTest, ACrashedUploadIsNeitherListedNorReadableAndGoesAfterADay) {
  const std::string directory = FreshDirectory();
  ASSERT_TRUE(RealFiles().MakeDirectories(directory + "/.varve-uploads").ok());
  const std::string leftover = directory + "/.varve-uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV";
  ASSERT_TRUE(RealFiles().WriteAtomically(leftover, AsBytes("half")).ok());
  const auto bucket = *NewFilesystemBucket(directory);
  EXPECT_THAT(NamesIn(*bucket), ElementsAre());
  EXPECT_TRUE(absl::IsInvalidArgument(bucket->ReadAll(Context(), ".varve-uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV").status()));
  EXPECT_TRUE(FileExists(RealFiles(), leftover));  // another process may be at it

  std::filesystem::last_write_time(leftover, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  ASSERT_TRUE(NewFilesystemBucket(directory).ok());
  EXPECT_FALSE(FileExists(RealFiles(), leftover));
}

TEST(FilesystemBucketTest, AFailedUploadLeavesTheOldObject) {
  const auto bucket = NewFreshFilesystemBucket();
  ASSERT_TRUE(bucket->Upload(Context(), "obj", AsBytes("old")).ok());
  EXPECT_FALSE(bucket->UploadFile(Context(), "obj", testing::TempDir()).ok());  // a directory cannot be read
  EXPECT_EQ(*bucket->ReadAll(Context(), "obj"), "old");
  EXPECT_TRUE(absl::IsFailedPrecondition(bucket->Upload(Context(), "obj/below", AsBytes("x"))));
}

TEST(FilesystemBucketTest, NoNameLeavesTheFolder) {
  const std::string parent = FreshDirectory();
  const auto bucket = *NewFilesystemBucket(parent + "/bucket");
  ASSERT_TRUE(bucket->Upload(Context(), "a/b", AsBytes("x")).ok());
  ASSERT_TRUE(RealFiles().WriteAtomically(parent + "/outside", AsBytes("not yours")).ok());
  for (const std::string_view name : {"../outside", "a/../../outside", "/etc/hostname", "a/../b", "./a", "a//b"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(bucket->ReadAll(Context(), name).status())) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket->Upload(Context(), name, AsBytes("mine")))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket->UploadIfAbsent(Context(), name, AsBytes("mine")))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket->UploadFile(Context(), name, parent + "/outside"))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket->Delete(Context(), name))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket->DeleteAll(Context(), {std::string(name)}))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket->Map(Context(), name).status())) << name;
  }
  EXPECT_EQ(*RealFiles().ReadAll(parent + "/outside"), "not yours");
}

TEST(FilesystemBucketTest, SkipsEmptyDirectories) {
  const std::string directory = FreshDirectory();
  ASSERT_TRUE(RealFiles().MakeDirectories(directory + "/empty").ok());
  const auto bucket = *NewFilesystemBucket(directory);
  EXPECT_TRUE(bucket->Iter(Context(), "", {}, [](const ObjectEntry& entry) { return Unknown("{}", entry.name); }).ok());
}

TEST(PrefixedBucketTest, ShowsOnlyItsPart) {
  auto owned = NewMemoryBucket();
  Bucket& whole = *owned;
  ASSERT_TRUE(whole.Upload(Context(), "other", AsBytes("x")).ok());
  const auto part = NewPrefixedBucket(std::move(owned), "a/b");
  ASSERT_TRUE(part->Upload(Context(), "c/d", AsBytes("x")).ok());
  EXPECT_THAT(NamesIn(whole), ElementsAre("a/b/c/d", "other"));
  EXPECT_THAT(NamesIn(*part), ElementsAre("c/d"));
}

TEST(MeteredBucketTest, CountsWhatThanosCounts) {
  MetricsRegistry registry;
  FakeClock clock(1'700'000'000'500);
  auto faulty_owned = std::make_unique<FaultyBucket>(NewMemoryBucket());
  FaultyBucket& faulty = *faulty_owned;
  const auto bucket = NewMeteredBucket(std::move(faulty_owned), registry, "thanos_", clock);
  std::byte bytes[4];
  ASSERT_TRUE(bucket->Upload(Context(), "a", AsBytes("12345")).ok());
  ASSERT_TRUE(bucket->ReadAll(Context(), "a").ok());
  ASSERT_TRUE(bucket->ReadAt(Context(), "a", 1, bytes).ok());
  EXPECT_FALSE(bucket->ReadAll(Context(), "absent").ok());
  faulty.Set({.fail = 1});
  EXPECT_FALSE(bucket->Exists(Context(), "a").ok());

  const std::string text = MetricsAsText(registry);
  for (const std::string_view line : {
           "thanos_objstore_bucket_operations_total{bucket=\"inmem\",operation=\"get\"} 2\n",
           "thanos_objstore_bucket_operations_total{bucket=\"inmem\",operation=\"iter\"} 0\n",
           "thanos_objstore_bucket_operation_failures_total{bucket=\"inmem\",operation=\"get\"} 0\n",
           "thanos_objstore_bucket_operation_failures_total{bucket=\"inmem\",operation=\"exists\"} 1\n",
           "thanos_objstore_bucket_operation_fetched_bytes_total{bucket=\"inmem\",operation=\"get\"} 5\n",
           "thanos_objstore_bucket_operation_fetched_bytes_total{bucket=\"inmem\",operation=\"get_range\"} 4\n",
           "thanos_objstore_bucket_operation_transferred_bytes_bucket{bucket=\"inmem\",operation=\"upload\",le=\"32768\"} 1\n",
           "thanos_objstore_bucket_operation_duration_seconds_bucket{bucket=\"inmem\",operation=\"upload\",le=\"+Inf\"} 1\n",
           "thanos_objstore_bucket_last_successful_upload_time{bucket=\"inmem\"} 1700000000.5\n",
       }) {
    EXPECT_THAT(text, HasSubstr(std::string(line)));
  }
}

TEST(FaultyBucketTest, TheSameSeedFailsTheSameCalls) {
  FaultyBucket bucket(NewMemoryBucket());
  const auto run = [&bucket](uint64_t seed) {
    bucket.Set({.seed = seed, .fail = 0.3, .truncate = 0.2, .corrupt = 0.2});
    std::string log;
    for (int i = 0; i < 50; ++i) {
      log += bucket.Upload(Context(), "a", AsBytes("content")).ToString();
      const auto read = bucket.ReadAll(Context(), "a");
      log += read.ok() ? *read : read.status().ToString();
    }
    return log;
  };
  const std::string first = run(7);
  EXPECT_EQ(run(7), first);
  EXPECT_NE(run(8), first);
  EXPECT_EQ(bucket.operations(), 100);
}

TEST(FaultyBucketTest, NothingHappensAfterACrash) {
  FaultyBucket bucket(NewMemoryBucket());
  bucket.Set({.crash_at_operation = 1});
  EXPECT_TRUE(bucket.Upload(Context(), "a", AsBytes("x")).ok());
  EXPECT_TRUE(absl::IsAborted(bucket.Upload(Context(), "b", AsBytes("x"))));
  EXPECT_TRUE(absl::IsAborted(bucket.Upload(Context(), "c", AsBytes("x"))));
  EXPECT_FALSE(*bucket.inner().Exists(Context(), "c"));
}

}  // namespace
}  // namespace varve
