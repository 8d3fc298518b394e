#include "objstore/cache/disk_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "objstore/cache/disk_record.h"

namespace varve {
namespace {

using std::chrono::hours;
namespace fs = std::filesystem;

const Logger kSilent(LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {});

class DiskCacheTest : public testing::Test {
 protected:
  DiskCacheTest() {
    std::string name = testing::TempDir() + "/varve-disk-cache-XXXXXX";
    directory_ = ::mkdtemp(name.data());
  }
  ~DiskCacheTest() override { fs::remove_all(directory_); }

  std::unique_ptr<ByteCache> Open(uint64_t bytes_max = 1 << 20) {
    auto cache = OpenDiskCache({.directory = directory_, .bytes_max = bytes_max}, kSilent, registry_, "disk_", clock_);
    EXPECT_TRUE(cache.ok()) << cache.status();
    return *std::move(cache);
  }
  static std::string Key(int i) { return fmt::format("key-{}", i); }
  static std::string Value(int i) { return fmt::format("value-{}", i) + std::string(static_cast<size_t>(i * 7 % 900), 'x'); }
  // A cache looks through its files in the background.
  static bool Appears(ByteCache& cache, const std::string& key) {
    for (int i = 0; i < 2000; ++i) {
      if (!cache.GetOne(Context(), key).empty()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  std::vector<fs::path> Logs() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      if (entry.path().extension() == ".log") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  uint64_t BytesOnDisk() const {
    uint64_t bytes = 0;
    for (const fs::path& path : Logs()) bytes += fs::file_size(path);
    return bytes;
  }

  std::string directory_;
  MetricsRegistry registry_;
  FakeClock clock_{1000};
};

TEST_F(DiskCacheTest, KeepsValuesAlsoAcrossARestart) {
  for (int run = 0; run < 3; ++run) {
    const auto cache = Open();
    EXPECT_TRUE(run == 0 || Appears(*cache, Key(0)));
    for (int i = 0; i < 300; ++i) {
      if (run == 0) cache->Put(Key(i), Blob::Copy(Value(i)), hours(1));
      EXPECT_EQ(cache->GetOne(Context(), Key(i)).text(), Value(i));
    }
    cache->Put(Key(7), Blob::Copy("changed"), hours(1));
    EXPECT_EQ(cache->GetOne(Context(), Key(7)).text(), "changed");
    cache->Put(Key(7), Blob::Copy(Value(7)), hours(1));
    EXPECT_TRUE(cache->GetOne(Context(), "absent").empty());
  }
}

TEST_F(DiskCacheTest, ValuesHaveTheirTime) {
  {
    const auto cache = Open();
    cache->Put("short", Blob::Copy("1"), hours(1));
    cache->Put("long", Blob::Copy("2"), hours(3));
    clock_.Advance(hours(1));
    EXPECT_TRUE(cache->GetOne(Context(), "short").empty());
  }
  const auto cache = Open();
  EXPECT_TRUE(Appears(*cache, "long"));
  cache->Put("long", Blob(), hours(1));
  EXPECT_TRUE(cache->GetOne(Context(), "long").empty());
  EXPECT_TRUE(cache->GetOne(Context(), "short").empty());
}

TEST_F(DiskCacheTest, StaysWithinItsBytesAndKeepsWhatIsUsed) {
  constexpr uint64_t kBytesMax = 100'000;
  {
    const auto cache = Open(kBytesMax);
    for (int i = 0; i < 1000; ++i) {
      cache->Put(Key(i), Blob::Copy(std::string(1000, 'x')), hours(1));
      EXPECT_FALSE(cache->GetOne(Context(), Key(0)).empty()) << i;
      ASSERT_LE(BytesOnDisk(), kBytesMax);
    }
    EXPECT_GT(BytesOnDisk(), kBytesMax / 2);
    EXPECT_FALSE(cache->GetOne(Context(), Key(999)).empty());
    EXPECT_TRUE(cache->GetOne(Context(), Key(1)).empty());
  }
  Open(kBytesMax / 4);
  EXPECT_LE(BytesOnDisk(), kBytesMax / 4);
}

// The process may die, or the machine, anywhere: a file ends anywhere, or has other bytes than were written.
TEST_F(DiskCacheTest, DamageIsAMissAndNothingElse) {
  {
    const auto cache = Open();
    for (int i = 0; i < 5; ++i) cache->Put(Key(i), Blob::Copy(fmt::format("value-{}", i)), hours(1));
  }
  const fs::path log = Logs().at(0);
  std::ifstream in(log, std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), {});
  const auto check = [&](const std::string& content, size_t at) {
    for (const fs::path& path : Logs()) fs::remove(path);
    std::ofstream(log, std::ios::binary) << content;
    const auto cache = Open();
    cache->Put("new", Blob::Copy("new"), hours(1));
    for (int i = 0; i < 5; ++i) {
      const Blob found = cache->GetOne(Context(), Key(i));
      EXPECT_TRUE(found.empty() || found.text() == fmt::format("value-{}", i)) << at;
    }
    EXPECT_EQ(cache->GetOne(Context(), "new").text(), "new");
  };
  for (size_t size = 0; size < good.size(); size += 3) check(good.substr(0, size), size);
  for (size_t i = 0; i < good.size(); i += 2) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x21);
    check(bad, i);
  }
}

TEST_F(DiskCacheTest, DamageUnderARunningCacheIsAMiss) {
  const auto cache = Open();
  cache->Put("a", Blob::Copy("value"), hours(1));
  fs::resize_file(Logs().at(0), 20);
  EXPECT_TRUE(cache->GetOne(Context(), "a").empty());
  EXPECT_THAT(MetricsAsText(registry_), testing::HasSubstr("disk_failures_total 1\n"));
}

TEST_F(DiskCacheTest, OtherFilesStayAndADirectoryHasOneUser) {
  std::ofstream(directory_ + "/varve-cache-7.log") << "somebody's";
  std::ofstream(directory_ + "/notes.txt") << "somebody's";
  const auto cache = Open(1000);
  for (int i = 0; i < 50; ++i) cache->Put(Key(i), Blob::Copy(Value(i)), hours(1));
  EXPECT_TRUE(fs::exists(directory_ + "/varve-cache-7.log"));
  EXPECT_TRUE(fs::exists(directory_ + "/notes.txt"));
  const auto second = OpenDiskCache({.directory = directory_}, kSilent, registry_, "disk_");
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
  EXPECT_FALSE(OpenDiskCache({.directory = "/proc/no/such"}, kSilent, registry_, "disk_").ok());
}

TEST_F(DiskCacheTest, SharedByThreads) {
  const auto cache = Open(200'000);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        const int n = (i * 7 + t) % 400;
        cache->Put(Key(n), Blob::Copy(Value(n)), hours(1));
        const Blob found = cache->GetOne(Context(), Key(n));
        EXPECT_TRUE(found.empty() || found.text() == Value(n));
      }
    });
  }
}

TEST(DiskRecordTest, EveryBitCounts) {
  const ByteBuffer record = EncodeDiskRecord("key", AsBytes("value"), 77);
  const auto decoded = DecodeDiskRecord(record);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->key, "key");
  EXPECT_EQ(AsText(decoded->value), "value");
  EXPECT_EQ(decoded->expires, 77);
  for (size_t bit = 0; bit < record.size() * 8; ++bit) {
    ByteBuffer bad = record;
    bad[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(DecodeDiskRecord(bad).has_value()) << bit;
  }
}

}  // namespace
}  // namespace varve
