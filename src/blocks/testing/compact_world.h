// A bucket with blocks, and a compactor over it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "blocks/compact/compact_service.h"
#include "objstore/memory_bucket.h"
#include "objstore/testing/faulty_bucket.h"
#include "tsdb/block_reader.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {

class CompactWorld {
 public:
  static constexpr TimestampMs kHour = 3'600'000;

  explicit CompactWorld(CompactServiceOptions options = {});

  // Writes a block and puts it into the bucket. It has the time in it, unless `options.range` says more.
  Ulid Put(const BlockBuilder& builder, std::map<std::string, std::string> labels, BlockWriterOptions options = {});

  // Puts all objects of another bucket into this one.
  void CopyFrom(CompactWorld& other);

  // A process of its own: what it forgets when it is made again is what a real one would.
  CompactService& NewService();
  CompactService& service() { return *service_; }
  const CompactionEnvironment& environment() const { return *environment_; }
  // Iterates, without faults, until there is nothing to do; the last report.
  IterationReport Settle();

  // What the bucket's blocks hold together, without those marked for deletion: the union of their samples.
  std::map<Labels, SeriesSamples> Content();
  std::vector<BlockMeta> LiveBlocks();  // of the bucket: with a meta.json, without a deletion mark
  std::set<std::string> Directories();  // of the bucket, whatever is in them
  std::shared_ptr<const BlockReader> Fetch(Ulid id);
  bool HasObject(Ulid id, std::string_view part);
  std::string Object(Ulid id, std::string_view part);
  void Replace(Ulid id, std::string_view part, std::string_view content);

  CompactServiceOptions options;
  ScratchDirectory scratch;
  FakeClock clock{1'700'000'000'000};
  FaultyBucket bucket{NewMemoryBucket(), clock};
  MetricsRegistry registry;

 private:
  const Logger logger_{LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}};
  Executor io_{"io", 4};
  Executor workers_{"workers", 2};
  CompactMetrics metrics_{registry, std::chrono::hours(48)};
  std::unique_ptr<MetaCache> metas_;
  std::optional<CompactionEnvironment> environment_;
  std::unique_ptr<CompactService> service_;
};

}  // namespace varve
