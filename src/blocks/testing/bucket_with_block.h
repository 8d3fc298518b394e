// A bucket in memory with one real block, and all that is needed to read it.
#pragma once

#include <memory>
#include <string>

#include "blocks/bucket_block.h"
#include "blocks/testing/fake_blocks.h"
#include "objstore/memory_bucket.h"
#include "objstore/testing/faulty_bucket.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {

class BucketWithBlock {
 public:
  explicit BucketWithBlock(const BlockBuilder& builder, BlockWriterOptions options = {})
      : meta(builder.Write(scratch.path() + "/local", std::move(options))) {
    PutBlockDirectory(bucket, scratch.path() + "/local", meta.id);
  }

  std::shared_ptr<const BucketBlock> NewBlock(BucketBlockLimits limits = {}) const {
    return std::make_shared<const BucketBlock>(environment, std::make_shared<const BlockMeta>(meta), limits);
  }
  std::string Object(std::string_view part) {
    return *bucket.inner().ReadAll(Context(), meta.id.ToString() + "/" + std::string(part));
  }
  void Replace(std::string_view part, std::string_view content) {
    ASSERT_TRUE(bucket.inner().Upload(Context(), meta.id.ToString() + "/" + std::string(part), AsBytes(content)).ok());
  }
  std::string header_path() const { return scratch.path() + "/store/" + meta.id.ToString() + "/index-header"; }

  ScratchDirectory scratch;
  FaultyBucket bucket{NewMemoryBucket()};
  Executor executor{"io", 4};
  FakeClock clock{1'700'000'000'000};
  MetricsRegistry registry;
  const Logger logger{LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}};
  IndexHeaderMetrics metrics{registry, "thanos_bucket_store_"};
  IndexHeaderEnvironment environment{.source = {bucket, executor, {.gap_bytes_max = 64}},
                                     .files = RealFiles(),
                                     .clock = clock,
                                     .logger = logger,
                                     .metrics = metrics,
                                     .directory = scratch.path() + "/store"};
  BlockMeta meta;
};

}  // namespace varve
