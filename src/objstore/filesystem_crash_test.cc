// The FILESYSTEM bucket under kill -9, at 200 moments of uploads, conditional uploads and deletes.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "base/errors.h"
#include "objstore/filesystem_bucket.h"
#include "runtime/files.h"

namespace varve {
namespace {

constexpr int kKills = 200;

std::string NameOf(int i) { return fmt::format("block-{}/chunks/{:06}", i % 7, i); }

// Tells its number at both ends and in between, so that no part passes for the whole.
std::string ContentOf(int i) {
  const std::string line = fmt::format("{:08}\n", i);
  std::string content;
  while (content.size() < 100'000 + static_cast<size_t>(i % 5) * 50'000) content += line;
  return content;
}

// Uploads number after number, and says each through `acknowledge` when the bucket has taken it.
[[noreturn]] void UploadUntilKilled(const std::string& directory, int first, int acknowledge) {
  const auto bucket = NewFilesystemBucket(directory).value();
  for (int i = first;; ++i) {
    const std::string content = ContentOf(i);
    const absl::Status status = i % 3 == 0 ? bucket->UploadIfAbsent(Context(), NameOf(i), AsBytes(content))
                                           : bucket->Upload(Context(), NameOf(i), AsBytes(content));
    if (!status.ok() && !absl::IsAlreadyExists(status)) ::_exit(1);
    if (::write(acknowledge, &i, sizeof(i)) != sizeof(i)) ::_exit(1);
    if (i % 4 == 1) bucket->Delete(Context(), NameOf(i)).IgnoreError();
  }
}

// Lets a process upload from `first` and kills it `patience_us` after it acknowledged something; the last number it acknowledged.
int RunAndKill(const std::string& directory, int first, int64_t patience_us) {
  int acknowledged[2];
  EXPECT_EQ(::pipe(acknowledged), 0);
  const pid_t pid = ::fork();
  if (pid == 0) UploadUntilKilled(directory, first, acknowledged[1]);
  ::close(acknowledged[1]);
  int last = first - 1;
  EXPECT_EQ(::read(acknowledged[0], &last, sizeof(last)), static_cast<ssize_t>(sizeof(last)));
  ::usleep(static_cast<useconds_t>(patience_us));
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the uploading process ended by itself";
  while (::read(acknowledged[0], &last, sizeof(last)) == sizeof(last)) continue;
  ::close(acknowledged[0]);
  return last;
}

TEST(FilesystemCrashTest, KeepsWhatItAcknowledgedAndShowsNoHalves) {
  const std::string directory = fmt::format("{}varve-crash-{}", testing::TempDir(), ::getpid());
  std::mt19937_64 random(20261122);
  int next = 1;
  for (int kill = 0; kill < kKills; ++kill) {
    const int last = RunAndKill(directory, next, static_cast<int64_t>(random() % 4000));
    const auto bucket = NewFilesystemBucket(directory).value();
    for (int i = next; i <= last; ++i) {
      if (i % 4 == 1) continue;  // deleted, or about to be
      const auto content = bucket->ReadAll(Context(), NameOf(i));
      ASSERT_TRUE(content.ok()) << "kill " << kill << ", object " << i << ": " << content.status();
      ASSERT_EQ(*content, ContentOf(i)) << i;
    }
    const absl::Status listed = bucket->Iter(Context(), "", {.recursive = true}, [&](const ObjectEntry& entry) {
      const int i = std::stoi(entry.name.substr(entry.name.rfind('/') + 1));
      return entry.attributes.size == ContentOf(i).size() ? absl::OkStatus() : DataLoss("{} is not whole", entry.name);
    });
    ASSERT_TRUE(listed.ok()) << "kill " << kill << ": " << listed;
    for (int i = next; i <= last; ++i) bucket->Delete(Context(), NameOf(i)).IgnoreError();
    next = last + 2;  // the one under way may be there or not
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace varve
