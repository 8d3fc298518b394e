#include "blocks/testing/fake_blocks.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "blocks/block_names.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {

Ulid FakeUlid(uint64_t unix_ms, uint8_t n) { return Ulid::FromTime(unix_ms, {0, 0, 0, 0, 0, 0, 0, 0, 0, n}); }

BlockMeta FakeMeta(Ulid id, TimestampMs min) {
  BlockMeta meta;
  meta.id = id;
  meta.range = {.min = min, .max_exclusive = min + 7'200'000};
  meta.stats = {.samples = 1000, .float_samples = 1000, .series = 10, .chunks = 10};
  meta.compaction = {.level = 1, .sources = {id}};
  meta.thanos.emplace();
  meta.thanos->labels = {{"cluster", "a"}, {"replica", "0"}};
  meta.thanos->source = "sidecar";
  return meta;
}

void PutFakeMeta(Bucket& bucket, const BlockMeta& meta) {
  const absl::Status status = bucket.Upload(Context(), BlockObjectName(meta.id, kMetaFileName), AsBytes(BlockMetaToJson(meta)));
  ASSERT_TRUE(status.ok()) << status;
}

void WriteFakeBlock(Files& files, const std::string& directory, const BlockMeta& meta, int segments) {
  const std::string block = JoinPath(directory, meta.id.ToString());
  ASSERT_TRUE(files.MakeDirectories(JoinPath(block, kChunksDirectory)).ok());
  for (int i = 0; i < segments; ++i) {
    const std::string content = fmt::format("segment {} of {}", i, meta.id);
    const std::string name = fmt::format("{}/{}", kChunksDirectory, ChunkSegmentName(static_cast<uint32_t>(i)));
    ASSERT_TRUE(files.WriteAtomically(JoinPath(block, name), AsBytes(content)).ok());
  }
  ASSERT_TRUE(files.WriteAtomically(JoinPath(block, kIndexFileName), AsBytes(fmt::format("index of {}", meta.id))).ok());
  ASSERT_TRUE(WriteBlockMeta(files, block, meta).ok());
}

void PutBlockDirectory(Bucket& bucket, const std::string& directory, Ulid id) {
  namespace fs = std::filesystem;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(JoinPath(directory, id.ToString()))) {
    if (!entry.is_regular_file()) continue;
    const absl::Status status =
        bucket.UploadFile(Context(), fs::relative(entry.path(), directory).string(), entry.path().string());
    ASSERT_TRUE(status.ok()) << status;
  }
}

std::string FreshTestDirectory(std::string_view name) {
  static const ScratchDirectory scratch;
  static int count = 0;
  const std::string path = fmt::format("{}/{}-{}", scratch.path(), name, ++count);
  std::filesystem::create_directories(path);
  return path;
}

}  // namespace varve
