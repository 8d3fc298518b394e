// bench_compact DIRECTORY SERIES BLOCKS ROUNDS: blocks of two hours that follow each other (made if they are not there), copied
// with cp and merged into one, in turns. The medians, with memory that is not mapped files.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/errors.h"
#include "base/status_macros.h"
#include "fleet.h"

#include "tsdb/block_reader.h"
#include "tsdb/check_block.h"
#include "tsdb/encode_samples.h"
#include "tsdb/merge_blocks.h"

namespace varve::bench {
namespace {

constexpr uint32_t kSeriesPerInstance = 100;
constexpr int64_t kTwoHoursMs = 7'200'000;

double WallSeconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Anonymous memory of this process, sampled until the end of a scope.
class PeakMemory {
 public:
  PeakMemory() : sampler_([this](std::stop_token stop) { Run(stop); }) {}
  uint64_t kib() const { return peak_kib_; }

 private:
  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::ifstream status("/proc/self/status");
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("RssAnon:")) peak_kib_ = std::max<uint64_t>(peak_kib_, std::strtoull(line.c_str() + 8, nullptr, 10));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  std::atomic<uint64_t> peak_kib_ = 0;
  std::jthread sampler_;
};

absl::Status MakeBlock(const std::string& directory, const std::vector<FleetSeries>& series, BlockRange range) {
  VARVE_ASSIGN_OR_RETURN(const auto writer, BlockWriter::Create(RealFiles(), directory, {.id = Ulid::New(), .range = range}));
  SeriesSamples samples;
  std::vector<ChunkView> views;
  for (const FleetSeries& one : series) {
    Generate(one, range.min, range.max_exclusive, samples);
    VARVE_ASSIGN_OR_RETURN(const std::vector<OwnedChunk> chunks, EncodeSamples(samples));
    views.clear();
    for (const OwnedChunk& chunk : chunks) views.push_back(chunk.view());
    VARVE_RETURN_IF_ERROR(writer->AddSeries(one.labels, views));
  }
  return writer->Finish().status();
}

absl::Status MakeBlocks(const std::string& directory, uint32_t series, int64_t blocks) {
  if (RealFiles().Stat(directory).ok()) return absl::OkStatus();
  VARVE_RETURN_IF_ERROR(RealFiles().MakeDirectories(directory));
  const std::vector<FleetSeries> fleet = FloatSeries(std::max<uint32_t>(1, series / kSeriesPerInstance));
  for (int64_t i = 0; i < blocks; ++i) {
    VARVE_RETURN_IF_ERROR(MakeBlock(directory, fleet, {i * kTwoHoursMs, (i + 1) * kTwoHoursMs}));
  }
  return absl::OkStatus();
}

absl::StatusOr<double> Copy(const std::string& from, const std::string& to) {
  VARVE_RETURN_IF_ERROR(RealFiles().RemoveTree(to));
  const double began = WallSeconds();
  if (std::system(fmt::format("cp -r '{}' '{}'", from, to).c_str()) != 0) return Unknown("cp failed");
  const double took = WallSeconds() - began;
  VARVE_RETURN_IF_ERROR(RealFiles().RemoveTree(to));
  return took;
}

struct Merged {
  double wall = 0, cpu = 0, check = 0;
  uint64_t bytes = 0, samples = 0, series = 0, peak_kib = 0;
};

absl::StatusOr<Merged> MergeAll(const std::string& from, const std::string& to) {
  VARVE_RETURN_IF_ERROR(RealFiles().RemoveTree(to));
  VARVE_RETURN_IF_ERROR(RealFiles().MakeDirectories(to));
  VARVE_ASSIGN_OR_RETURN(const std::vector<std::string> names, RealFiles().List(from));
  Merged merged;
  const PeakMemory memory;
  const double wall = WallSeconds();
  const double cpu = CpuSeconds();
  std::vector<std::shared_ptr<const BlockReader>> blocks;
  std::vector<std::unique_ptr<ChunkSource>> chunks;
  MergeRequest request{.files = RealFiles(), .parent = to, .writer = {.id = Ulid::New(), .sync = false}, .inputs = {}};
  for (const std::string& name : names) {
    VARVE_ASSIGN_OR_RETURN(auto block, BlockReader::Open(RealFiles(), JoinPath(from, name)));
    chunks.push_back(NewMappedChunkSource(block->chunks()));
    merged.bytes += block->file_bytes();
    request.inputs.push_back({.id = block->meta().id,
                              .scan = {.index = &block->index(), .chunks = chunks.back().get(), .range = block->meta().range}});
    blocks.push_back(std::move(block));
  }
  MergeReport report;
  VARVE_RETURN_IF_ERROR(MergeBlocks(Context(), request, report));
  merged.wall = WallSeconds() - wall;
  merged.cpu = CpuSeconds() - cpu;
  merged.samples = report.samples_read;
  merged.series = report.meta->stats.series;
  VARVE_RETURN_IF_ERROR(CheckLocalBlock(Context(), RealFiles(), JoinPath(to, report.meta->id.ToString())));
  merged.check = WallSeconds() - wall - merged.wall;
  merged.peak_kib = memory.kib();
  VARVE_RETURN_IF_ERROR(RealFiles().RemoveTree(to));
  return merged;
}

template <typename Value>
Value Median(std::vector<Value> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

absl::Status Run(const std::string& directory, uint32_t series, int64_t blocks, int rounds) {
  const std::string made = fmt::format("{}/compact-{}-{}", directory, series, blocks);
  VARVE_RETURN_IF_ERROR(MakeBlocks(made, series, blocks));
  std::vector<double> copies, walls, cpus, checks;
  Merged last;
  for (int round = 0; round < rounds; ++round) {
    VARVE_ASSIGN_OR_RETURN(const double copy, Copy(made, directory + "/copied"));
    VARVE_ASSIGN_OR_RETURN(last, MergeAll(made, directory + "/merged"));
    copies.push_back(copy);
    walls.push_back(last.wall);
    cpus.push_back(last.cpu);
    checks.push_back(last.check);
  }
  const double copy = Median(copies), wall = Median(walls), cpu = Median(cpus), check = Median(checks);
  const double megabytes = static_cast<double>(last.bytes) / 1e6;
  fmt::print("{} blocks of 2h, {} series, {} samples, {:.0f} MB\n", blocks, last.series, last.samples, megabytes);
  fmt::print("cp            {:8.2f} s  {:8.0f} MB/s\n", copy, megabytes / copy);
  fmt::print("merge         {:8.2f} s  {:8.0f} MB/s  {:.2f} of cp's speed, {:.0f} M samples/s and core\n", wall, megabytes / wall,
             copy / wall, static_cast<double>(last.samples) / cpu / 1e6);
  fmt::print("merge, check  {:8.2f} s  {:8.0f} MB/s  {:.2f} of cp's speed\n", wall + check, megabytes / (wall + check),
             copy / (wall + check));
  fmt::print("peak memory   {:8.0f} MiB without mapped files\n", static_cast<double>(last.peak_kib) / 1024);
  return absl::OkStatus();
}

}  // namespace
}  // namespace varve::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: {} DIRECTORY SERIES BLOCKS ROUNDS\n", argv[0]);
    return 2;
  }
  const absl::Status status =
      varve::bench::Run(argv[1], static_cast<uint32_t>(std::atoll(argv[2])), std::atoll(argv[3]), std::atoi(argv[4]));
  if (!status.ok()) fmt::print(stderr, "bench_compact: {}\n", std::string(status.message()));
  return status.ok() ? 0 : 1;
}
