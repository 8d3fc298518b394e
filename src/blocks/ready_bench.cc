// How long a store takes from nothing to ready, and what a block costs before its first query: 1,000 blocks in a FILESYSTEM bucket, with
// and without the metas of an earlier run on disk. The bar: under 2 s, under 10 KB resident a block.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/check.h"
#include "blocks/block_names.h"
#include "blocks/bucket_block.h"
#include "blocks/meta_fetcher.h"
#include "objstore/filesystem_bucket.h"

namespace varve {
namespace {

constexpr int64_t kBlocks = 1000;

BlockMeta MetaOf(int64_t n) {
  BlockMeta meta;
  meta.id = Ulid::FromTime(1'600'000'000'000 + static_cast<uint64_t>(n) * 7'200'000, {});
  meta.range = {.min = n * 7'200'000, .max_exclusive = (n + 1) * 7'200'000};
  meta.stats = {.samples = 120'000'000, .float_samples = 120'000'000, .series = 500'000, .chunks = 1'000'000};
  meta.compaction = {.level = 1, .sources = {meta.id}};
  meta.thanos.emplace();
  meta.thanos->labels = {{"cluster", "eu-west-1"}, {"prometheus", "monitoring/k8s"}, {"prometheus_replica", "prometheus-k8s-0"}};
  meta.thanos->source = "sidecar";
  meta.thanos->segment_files = {"000001", "000002"};
  meta.thanos->files = {{.rel_path = "chunks/000001", .size_bytes = 536'870'000},
                        {.rel_path = "chunks/000002", .size_bytes = 436'870'000},
                        {.rel_path = "index", .size_bytes = 120'000'000},
                        {.rel_path = "meta.json"}};
  meta.thanos->upload_time = 1'700'000'000'000;
  return meta;
}

struct Setting {
  Setting() {
    path = "/tmp/varve-ready.XXXXXX";
    VARVE_CHECK(::mkdtemp(path.data()) != nullptr);
    for (int64_t n = 0; n < kBlocks; ++n) {
      const BlockMeta meta = MetaOf(n);
      const std::string directory = JoinPath(path + "/bucket", meta.id.ToString());
      VARVE_CHECK(RealFiles().MakeDirectories(directory + "/chunks").ok());
      VARVE_CHECK(RealFiles().WriteAtomically(directory + "/meta.json", AsBytes(BlockMetaToJson(meta))).ok());
    }
    bucket = *NewFilesystemBucket(path + "/bucket");
  }
  ~Setting() { RealFiles().RemoveTree(path).IgnoreError(); }

  std::string path;
  std::unique_ptr<Bucket> bucket;
};

Setting& TheSetting() {
  static Setting setting;
  return setting;
}

int64_t ResidentBytes() {
  ::malloc_trim(0);
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  long pages = 0, resident = 0;
  VARVE_CHECK(file != nullptr && std::fscanf(file, "%ld %ld", &pages, &resident) == 2);
  std::fclose(file);
  return resident * ::sysconf(_SC_PAGESIZE);
}

void BM_ReadyWithAThousandBlocks(benchmark::State& state) {
  Setting& setting = TheSetting();
  const bool warm = state.range(0) == 1;
  const Logger logger(LogLevel::kError);
  Executor executor("io", 32);
  for (auto _ : state) {
    state.PauseTiming();
    if (!warm) VARVE_CHECK(RealFiles().RemoveTree(setting.path + "/data").ok());
    const int64_t resident_before = ResidentBytes();
    state.ResumeTiming();
    MetricsRegistry registry;
    MetaCache cache(*setting.bucket, RealFiles(), executor, registry, logger, {.directory = setting.path + "/data"});
    std::vector<std::unique_ptr<MetaFilter>> filters;
    filters.push_back(NewTimeRangeFilter([] { return QueryRange(); }));
    filters.push_back(NewConsistencyDelayFilter(std::chrono::minutes(0), SystemClock(), registry));
    filters.push_back(
        std::make_unique<DeletionMarkFilter>(*setting.bucket, executor, SystemClock(), logger, std::chrono::hours(24)));
    filters.push_back(NewDuplicateFilter());
    MetaFetcher fetcher(cache, registry, logger, std::move(filters));
    const auto snapshot = fetcher.Fetch(Context());
    VARVE_CHECK(snapshot.ok() && (*snapshot)->blocks.size() == kBlocks);

    IndexHeaderMetrics metrics(registry, "thanos_bucket_store_");
    const IndexHeaderEnvironment environment{.source = {*setting.bucket, executor, ReadCostOf("FILESYSTEM")},
                                             .files = RealFiles(),
                                             .clock = SystemClock(),
                                             .logger = logger,
                                             .metrics = metrics,
                                             .directory = setting.path + "/data"};
    std::vector<std::shared_ptr<const BucketBlock>> blocks;
    for (const auto& [id, meta] : (*snapshot)->blocks) blocks.push_back(std::make_shared<const BucketBlock>(environment, meta));
    state.PauseTiming();
    state.counters["resident_bytes_per_block"] = static_cast<double>(ResidentBytes() - resident_before) / kBlocks;
    state.ResumeTiming();
  }
}
BENCHMARK(BM_ReadyWithAThousandBlocks)->ArgName("warm")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace varve
