#include "blocks/testing/simulation/simulation.h"

#include <stdlib.h>

#include <thread>

#include "base/check.h"
#include "blocks/block_names.h"
#include "blocks/check_upload.h"
#include "blocks/compact/input_block.h"
#include "objstore/memory_bucket.h"
#include "tsdb/testing/block_builder.h"

namespace varve {
namespace {

constexpr TimestampMs kTwoHours = 7'200'000;
constexpr std::chrono::hours kDeleteDelay(4);
constexpr int kRoundsMax = 12;

std::string ScratchDirectory() {
  std::string path = RealFiles().Stat("/dev/shm").ok() ? "/dev/shm/varve-simulation.XXXXXX" : "/tmp/varve-simulation.XXXXXX";
  VARVE_CHECK(::mkdtemp(path.data()) != nullptr);
  return path;
}

}  // namespace

// One incarnation of a compactor's process.
struct Simulation::Node {
  Node(Bucket& bucket, Simulation& simulation, const std::string& name)
      : environment{.bucket = bucket,
                    .files = RealFiles(),
                    .io = simulation.io_,
                    .workers = simulation.workers_,
                    .clock = simulation.clock_,
                    .metrics = metrics,
                    .logger = logger,
                    .directory = simulation.directory_ + "/" + name},
        metas(bucket, RealFiles(), simulation.io_, registry, logger, {.parallel_max = 1}),
        service(environment, metas, registry,
                {.delete_delay = kDeleteDelay, .consistency_delay = std::chrono::milliseconds(0), .meta_parallel_max = 1}) {}

  const Logger logger{LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}};
  MetricsRegistry registry;
  CompactMetrics metrics{registry, kDeleteDelay};
  CompactionEnvironment environment;
  MetaCache metas;
  CompactService service;
};

Simulation::Simulation(uint64_t seed, SimulationOptions options)
    : options_(options),
      baton_(seed, static_cast<size_t>(options.compactors) + 2),
      clock_(1'800'000'000'000),
      bucket_(NewMemoryBucket(clock_)),
      directory_(ScratchDirectory()) {}

Simulation::~Simulation() { RealFiles().RemoveTree(directory_).IgnoreError(); }

std::unique_ptr<Simulation::Node> Simulation::NewNode(Bucket& bucket, const std::string& name) {
  return std::make_unique<Node>(bucket, *this, name);
}

void Simulation::Blame(const std::string& what) {
  if (failure_.empty()) failure_ = what;
}

Ulid Simulation::MakeBlock(int number) {
  const TimestampMs begin = number * kTwoHours;
  BlockBuilder builder;
  for (int series = 0; series < 3; ++series) {
    for (int i = 0; i < 8; ++i) {
      builder.Add(Labels{{"s", fmt::format("{}", series)}}, begin + i * 600'000, number * 100 + series * 10 + i);
    }
  }
  BlockWriterOptions writer{.id = Ulid::FromTime(1'000 + static_cast<uint64_t>(number), {}),
                            .range = BlockRange{begin, begin + kTwoHours},
                            .thanos = ThanosMeta{.labels = {{"cluster", "simulated"}}, .source = "sidecar"},
                            .sync = false};
  return builder.Write(directory_ + "/head", std::move(writer)).id;
}

void Simulation::Ship(size_t actor, SimulatedBucket& bucket) {
  for (int number = 0; number < options_.blocks; ++number) {
    const Ulid id = MakeBlock(number);
    const std::string block = directory_ + "/head/" + id.ToString();
    while (!UploadBlock(Context(), {bucket, RealFiles(), io_, clock_}, block, {}).ok()) bucket.Reboot();
    acknowledged_.insert(id);
    for (int series = 0; series < 3; ++series) {
      for (int i = 0; i < 8; ++i) {
        samples_[fmt::format("{}", series)][number * kTwoHours + i * 600'000] = number * 100 + series * 10 + i;
      }
    }
    baton_.Yield(actor);
  }
  shipped_ = true;
}

void Simulation::Compact(size_t actor, SimulatedBucket& bucket) {
  const std::string name = fmt::format("compactor-{}", actor);
  std::unique_ptr<Node> node = NewNode(bucket, name);
  for (int rounds_after = 0; rounds_after < kRoundsMax;) {
    if (shipped_) ++rounds_after;
    node->service.Iterate(Context()).status().IgnoreError();
    if (bucket.crashed()) {
      bucket.Reboot();
      node = NewNode(bucket, name);
    }
    baton_.Yield(actor);
  }
}

void Simulation::LookOn(size_t actor, SimulatedBucket&) {
  for (int i = 0; i < 60 && failure_.empty(); ++i) {
    if (const std::string what = CheckCoverage(); !what.empty()) Blame(what);
    baton_.Yield(actor);
  }
}

// What a store would serve has every acknowledged block among its sources, and all of its objects.
std::string Simulation::CheckCoverage() {
  const Logger quiet(LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {});
  MetricsRegistry registry;
  MetaCache metas(*bucket_, RealFiles(), io_, registry, quiet, {.parallel_max = 1});
  std::vector<std::unique_ptr<MetaFilter>> filters;
  filters.push_back(std::make_unique<DeletionMarkFilter>(*bucket_, io_, clock_, quiet, kDeleteDelay / 2, 1));
  filters.push_back(NewDuplicateFilter());
  MetaFetcher fetcher(metas, registry, quiet, std::move(filters));
  const auto snapshot = fetcher.Fetch(Context());
  VARVE_CHECK(snapshot.ok());
  std::set<Ulid> missing = acknowledged_;
  for (const auto& [id, block] : (*snapshot)->blocks) {
    for (const Ulid source : block->compaction.sources) missing.erase(source);
    const absl::Status whole = CheckObjects(Context(), *bucket_, *block);
    if (!whole.ok()) return fmt::format("a store would serve block {}: {}", id, std::string(whole.message()));
  }
  return missing.empty() ? "" : fmt::format("{} acknowledged blocks are in none that a store would serve", missing.size());
}

std::string Simulation::CheckContent() {
  Samples found;
  std::string twice;
  std::set<std::string> directories;
  VARVE_CHECK(bucket_
                  ->Iter(Context(), "", {},
                         [&](const ObjectEntry& entry) {
                           directories.insert(entry.name);
                           return absl::OkStatus();
                         })
                  .ok());
  for (const std::string& name : directories) {
    const Ulid id = *BlockOfDirectory(name);
    const auto json = bucket_->ReadAll(Context(), BlockObjectName(id, kMetaFileName));
    if (!json.ok()) return fmt::format("{} is left of a block that is none", name);
    const auto mark = bucket_->ReadAll(Context(), BlockObjectName(id, "no-compact-mark.json"));
    if (mark.ok()) return fmt::format("{} was quarantined: {}", id, *mark);
    if (*bucket_->Exists(Context(), BlockObjectName(id, "deletion-mark.json"))) return fmt::format("{} is still marked", id);
    auto input = InputBlock::Open(Context(), {*bucket_, RealFiles(), io_},
                                  std::make_shared<const BlockMeta>(*ParseBlockMeta(*json)), directory_ + "/content");
    if (!input.ok()) return std::string(input.status().message());
    BlockScan scan(Context(), (*input)->scan());
    LabelResolver labels((*input)->index().symbols());
    while (scan.Next()) {
      auto& series = found[std::string(labels.Resolve(scan.At().labels)->Get("s"))];
      SeriesSamples samples;
      for (const ChunkView& chunk : scan.At().chunks) VARVE_CHECK(DecodeChunk(chunk.encoding, chunk.data, samples).ok());
      for (size_t i = 0; i < samples.floats.size(); ++i) {
        if (!series.emplace(samples.floats.times[i], samples.floats.values[i]).second) twice = id.ToString();
      }
    }
    if (!scan.status().ok()) return std::string(scan.status().message());
  }
  if (!twice.empty()) return fmt::format("a sample of {} is there twice", twice);
  return found == samples_ ? "" : "the samples at the end are not those that were acknowledged";
}

std::string Simulation::SettleAndCheck() {
  const std::unique_ptr<Node> node = NewNode(*bucket_, "last");
  for (int round = 0; round < 6; ++round) {
    const auto report = node->service.Iterate(Context());
    if (!report.ok()) return std::string(report.status().message());
    if (!report->Summary().ok()) return std::string(report->Summary().message());
    clock_.Advance(std::chrono::hours(50));  // what is marked, or broke off, is old enough now
  }
  if (const std::string what = CheckCoverage(); !what.empty()) return what;
  return CheckContent();
}

std::string Simulation::Run() {
  std::vector<std::unique_ptr<SimulatedBucket>> buckets;
  std::vector<std::thread> threads;
  const auto start = [&](void (Simulation::*run)(size_t, SimulatedBucket&)) {
    const size_t actor = buckets.size();
    buckets.push_back(std::make_unique<SimulatedBucket>(*bucket_, baton_, actor, clock_, options_.faults));
    threads.emplace_back([this, run, actor, bucket = buckets.back().get()] {
      baton_.Begin(actor);
      (this->*run)(actor, *bucket);
      baton_.Leave(actor);
    });
  };
  start(&Simulation::Ship);
  start(&Simulation::LookOn);
  for (int i = 0; i < options_.compactors; ++i) start(&Simulation::Compact);
  for (std::thread& thread : threads) thread.join();
  for (const auto& bucket : buckets) operations_ += bucket->operations();
  return failure_.empty() ? SettleAndCheck() : failure_;
}

}  // namespace varve
