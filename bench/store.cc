// bench_store [SERIES [HOURS [DELAY_MS]]]: what 15 selections ask of a bucket, cold and warm.
//
// One block of the fleet lies in a bucket that delays each request. Each selection runs over a new index cache and caching bucket
// (cold: only the index-header is there) and once more over the same ones (warm). Printed are series, requests, bytes and time.
// Rounds are groups of requests made side by side, each of which waits for the one before; with reading ahead they take less time than
// as many delays.
#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/bucket_block.h"
#include "blocks/index_cache.h"
#include "delayed_bucket.h"
#include "fleet.h"
#include "objstore/cache/memory_cache.h"
#include "objstore/caching_bucket.h"
#include "objstore/memory_bucket.h"
#include "tsdb/block_writer.h"
#include "tsdb/encode_samples.h"

namespace varve::bench {
namespace {

constexpr uint32_t kSeriesPerInstance = 100;
constexpr TimestampMs kEnd = 1'700'006'400'000;

struct Query {
  std::string name;
  Matchers matchers;
  double hours = 0;  // at the end of the block; 0: all
  bool labels_only = false;
};

Matcher Regex(std::string_view name, std::string_view value, Matcher::Type type = Matcher::Type::kRegex) {
  return *Matcher::Make(type, name, value);
}

std::vector<Query> Queries() {
  const Matcher requests = Matcher::Equal("__name__", "http_requests_total");
  return {
      {"one series",
       {requests, Matcher::Equal("instance", "10.0.0.7:9100"), Matcher::Equal("path", "/api/cart"),
        Matcher::Equal("code", "200")}},
      {"one series, last 15 min",
       {requests, Matcher::Equal("instance", "10.0.0.7:9100"), Matcher::Equal("path", "/api/cart"),
        Matcher::Equal("code", "200")},
       0.25},
      {"up of one instance", {Matcher::Equal("__name__", "up"), Matcher::Equal("instance", "10.0.0.7:9100")}},
      {"up of all", {Matcher::Equal("__name__", "up")}},
      {"all of one instance", {Matcher::Equal("instance", "10.0.0.7:9100")}},
      {"ten instances by regex", {requests, Regex("instance", "10[.]0[.]0[.]1.:9100")}},
      {"a set of paths", {requests, Regex("path", "/api/cart|/api/login|/health")}},
      {"errors", {requests, Matcher::Equal("code", "500")}},
      {"no errors", {requests, Matcher::NotEqual("code", "500")}},
      {"not by regex", {requests, Regex("path", "/api/.*", Matcher::Type::kNotRegex)}},
      {"a metric", {requests}},
      {"a metric, last 15 min", {requests}, 0.25},
      {"metrics by regex", {Regex("__name__", "http_.*")}, 0.25},
      {"everything", {Matcher::NotEqual("__name__", "")}},
      {"labels of everything", {Matcher::NotEqual("__name__", "")}, 0, true},
  };
}

absl::StatusOr<BlockMeta> WriteBlock(const std::string& directory, uint32_t series, int64_t hours) {
  const BlockRange range = {.min = kEnd - hours * 3'600'000, .max_exclusive = kEnd};
  VARVE_ASSIGN_OR_RETURN(const auto writer, BlockWriter::Create(RealFiles(), directory, {.id = Ulid::New(), .range = range}));
  SeriesSamples samples;
  for (const FleetSeries& one : FloatSeries(std::max<uint32_t>(1, series / kSeriesPerInstance))) {
    Generate(one, range.min, range.max_exclusive, samples);
    VARVE_ASSIGN_OR_RETURN(const std::vector<OwnedChunk> chunks, EncodeSamples(samples));
    std::vector<ChunkView> views;
    for (const OwnedChunk& chunk : chunks) views.push_back(chunk.view());
    VARVE_RETURN_IF_ERROR(writer->AddSeries(one.labels, views));
  }
  return writer->Finish();
}

absl::Status PutBlock(Bucket& bucket, const std::string& directory, Ulid id) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory + "/" + id.ToString())) {
    if (!entry.is_regular_file()) continue;
    const std::string name = std::filesystem::relative(entry.path(), directory).string();
    VARVE_RETURN_IF_ERROR(bucket.UploadFile(Context(), name, entry.path().string()));
  }
  return absl::OkStatus();
}

struct Cost {
  uint64_t series = 0, chunks = 0, requests = 0, rounds = 0, bytes = 0;
  double ms = 0;
};

class Bench {
 public:
  Bench(std::string directory, std::chrono::milliseconds delay) : directory_(std::move(directory)), wire_{.delay = delay} {}

  absl::Status Prepare(uint32_t series, int64_t hours) {
    VARVE_ASSIGN_OR_RETURN(BlockMeta meta, WriteBlock(directory_, series, hours));
    VARVE_RETURN_IF_ERROR(PutBlock(*bucket_, directory_, meta.id));
    fmt::print("{} series, {} samples, {} h in one block; every request takes {} ms\n\n", meta.stats.series, meta.stats.samples,
               hours, wire_.delay.count());
    meta_ = std::make_shared<const BlockMeta>(std::move(meta));
    return absl::OkStatus();
  }

  // Twice over new caches.
  absl::Status Measure(const Query& query, Cost& cold, Cost& warm) {
    auto memory = [this](const std::string& prefix) {
      return std::make_unique<MemoryCache>(MemoryCacheOptions{.bytes_max = uint64_t{4} << 30, .item_bytes_max = 1 << 30},
                                           MemoryCacheMetrics(registry_, prefix));
    };
    const std::unique_ptr<Bucket> caching = NewCachingBucket(std::make_unique<DelayedBucket>(*bucket_, wire_), memory("bucket_"),
                                                             {.chunk_requests_max = 0}, executor_, registry_);
    IndexCache index_cache(memory("index_"), {}, registry_);
    IndexHeaderEnvironment environment = {.source = FetchSourceOf(*caching, executor_),
                                          .files = RealFiles(),
                                          .clock = SystemClock(),
                                          .logger = logger_,
                                          .metrics = metrics_,
                                          .directory = directory_ + "/headers"};
    environment.source.index_cache = &index_cache;
    const BucketBlock block(environment, meta_);
    VARVE_RETURN_IF_ERROR(block.index_header().Get(Context()).status());
    VARVE_RETURN_IF_ERROR(Run(block, query, cold));
    return Run(block, query, warm);
  }

 private:
  absl::Status Run(const BucketBlock& block, const Query& query, Cost& cost) {
    const uint64_t requests = wire_.requests, bytes = wire_.bytes;
    const auto start = std::chrono::steady_clock::now();
    const QueryRange range = {query.hours == 0 ? kMinTimestamp : kEnd - static_cast<int64_t>(query.hours * 3'600'000), kEnd};
    const Context ctx;
    FetchStats stats;
    VARVE_ASSIGN_OR_RETURN(
        const auto set,
        block.Select(ctx, {.range = range, .matchers = query.matchers, .labels_only = query.labels_only}, &stats));
    while (set->Next()) {
      ++cost.series;
      cost.chunks += set->At().chunks.size();
    }
    VARVE_RETURN_IF_ERROR(set->status());
    cost.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    cost.requests = wire_.requests - requests;
    cost.bytes = wire_.bytes - bytes;
    cost.rounds = stats.round_trips;
    return absl::OkStatus();
  }

  const std::string directory_;
  Wire wire_;
  const std::unique_ptr<Bucket> bucket_ = NewMemoryBucket();
  Executor executor_{"io", 64};
  MetricsRegistry registry_;
  const Logger logger_{LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}};
  IndexHeaderMetrics metrics_{registry_, "bench_"};
  std::shared_ptr<const BlockMeta> meta_;
};

absl::Status Run(const std::string& directory, uint32_t series, int64_t hours, std::chrono::milliseconds delay) {
  Bench bench(directory, delay);
  VARVE_RETURN_IF_ERROR(bench.Prepare(series, hours));
  fmt::print("{:<26}{:>8}{:>8} |{:>7}{:>9}{:>10}{:>10} |{:>9}{:>10}\n", "", "series", "chunks", "rounds", "requests", "MiB",
             "cold ms", "requests", "warm ms");
  for (const Query& query : Queries()) {
    Cost cold, warm;
    VARVE_RETURN_IF_ERROR(bench.Measure(query, cold, warm));
    fmt::print("{:<26}{:>8}{:>8} |{:>7}{:>9}{:>10.2f}{:>10.1f} |{:>9}{:>10.1f}\n", query.name, cold.series, cold.chunks,
               cold.rounds, cold.requests, static_cast<double>(cold.bytes) / (1 << 20), cold.ms, warm.requests, warm.ms);
    std::fflush(stdout);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace varve::bench

int main(int argc, char** argv) {
  const auto argument = [&](int i, long long otherwise) { return argc > i ? std::atoll(argv[i]) : otherwise; };
  std::string directory = "/tmp/varve-bench-store-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return 1;
  const absl::Status status = varve::bench::Run(directory, static_cast<uint32_t>(argument(1, 20'000)), argument(2, 2),
                                                std::chrono::milliseconds(argument(3, 50)));
  std::filesystem::remove_all(directory);
  if (!status.ok()) fmt::print(stderr, "bench_store: {}\n", std::string(status.message()));
  return status.ok() ? 0 : 1;
}
