#include "blocks/testing/simulation/simulation.h"

#include <stdlib.h>

#include <thread>

#include "base/check.h"
#include "base/status_macros.h"
#include "objstore/memory_bucket.h"

namespace varve {
namespace {

constexpr std::chrono::hours kDeleteDelay(4);
constexpr int kRoundsMax = 12;
const RetentionPolicy kRetention{.retention_ms = {{kRawResolutionMs, 24 * 3'600'000}, {kFiveMinutesMs, 0}, {kOneHourMs, 0}}};

std::string ScratchDirectory() {
  std::string path = RealFiles().Stat("/dev/shm").ok() ? "/dev/shm/varve-simulation.XXXXXX" : "/tmp/varve-simulation.XXXXXX";
  VARVE_CHECK(::mkdtemp(path.data()) != nullptr);
  return path;
}

}  // namespace

// One incarnation of a compactor's process.
struct Simulation::Node {
  Node(Bucket& bucket, Simulation& simulation, const std::string& name)
      : metas(bucket, RealFiles(), simulation.io_, registry, logger, {.parallel_max = 1}),
        environment{.bucket = bucket,
                    .metas = metas,
                    .files = RealFiles(),
                    .io = simulation.io_,
                    .workers = simulation.workers_,
                    .clock = simulation.clock_,
                    .metrics = metrics,
                    .logger = logger,
                    .directory = simulation.directory_ + "/" + name,
                    .new_id = [&simulation] { return simulation.NewId(); }},
        service(environment, registry, simulation.ServiceOptions()) {}

  // What `tools bucket retention` does.
  absl::Status Retain(const RetentionPolicy& policy) {
    MetaFetcher fetcher(metas, registry, logger, {});
    VARVE_ASSIGN_OR_RETURN(const auto snapshot, fetcher.Fetch(Context()));
    DeletionMarkFilter filter(environment.bucket, environment.io, environment.clock, logger, std::chrono::hours(1'000'000), 1);
    BlockMetaMap blocks = snapshot->blocks;
    SyncedStates states;
    VARVE_RETURN_IF_ERROR(filter.Filter(Context(), blocks, states));
    std::set<Ulid> marked;
    for (const auto& [id, mark] : filter.marks()) marked.insert(id);
    ApplyRetention(Context(), environment, PlanRetention(blocks, environment.clock.NowMs(), policy, marked), /*dry_run=*/false);
    return absl::OkStatus();
  }

  const Logger logger{LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}};
  MetricsRegistry registry;
  CompactMetrics metrics{registry, kDeleteDelay};
  MetaCache metas;
  CompactionEnvironment environment;
  CompactService service;
};

SimulationOptions OptionsOf(uint64_t seed) {
  SimulationOptions options;
  options.compactors = 1 + static_cast<int>(seed % 3);
  options.retention = seed % 5 == 0;
  options.faults.stale = seed % 2 == 0 ? 0.05 : 0;
  return options;
}

Simulation::Simulation(uint64_t seed, SimulationOptions options)
    : options_(options),
      baton_(seed, static_cast<size_t>(options.compactors) + 2 + (options.retention ? 1 : 0)),
      clock_(1'800'000'000'000),
      bucket_(NewMemoryBucket(clock_)),
      directory_(ScratchDirectory()),
      oracle_(*bucket_, io_, clock_, directory_) {}

Simulation::~Simulation() { RealFiles().RemoveTree(directory_).IgnoreError(); }

Ulid Simulation::NewId() {
  std::array<uint8_t, 10> random{};
  for (uint8_t& byte : random) byte = static_cast<uint8_t>(baton_.Draw());
  return Ulid::FromTime(static_cast<uint64_t>(clock_.NowMs()), random);
}

std::unique_ptr<Simulation::Node> Simulation::NewNode(Bucket& bucket, const std::string& name) {
  return std::make_unique<Node>(bucket, *this, name);
}

CompactServiceOptions Simulation::ServiceOptions() const {
  CompactServiceOptions options{
      .delete_delay = kDeleteDelay, .consistency_delay = std::chrono::milliseconds(0), .meta_parallel_max = 1};
  if (!options_.retention) return options;
  options.downsampling.emplace();
  options.compactor.downsample.emplace();
  return options;
}

void Simulation::Ship(size_t actor, SimulatedBucket& bucket) {
  for (int number = 0; number < options_.blocks; ++number) {
    const Ulid id = oracle_.MakeBlock(number);
    const std::string block = directory_ + "/head/" + id.ToString();
    while (!UploadBlock(Context(), {bucket, RealFiles(), io_, clock_}, block, {}).ok()) bucket.Reboot();
    oracle_.Acknowledge(id, number);
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

void Simulation::Retain(size_t actor, SimulatedBucket& bucket) {
  const std::string name = "retention";
  std::unique_ptr<Node> node = NewNode(bucket, name);
  for (int rounds_after = 0; rounds_after < kRoundsMax;) {
    if (shipped_) ++rounds_after;
    node->Retain(kRetention).IgnoreError();
    if (bucket.crashed()) {
      bucket.Reboot();
      node = NewNode(bucket, name);
    }
    baton_.Yield(actor);
  }
}

void Simulation::LookOn(size_t actor, SimulatedBucket&) {
  for (int i = 0; i < 60 && failure_.empty(); ++i) {
    failure_ = oracle_.CheckCoverage(kDeleteDelay);
    baton_.Yield(actor);
  }
}

std::string Simulation::SettleAndCheck() {
  const std::unique_ptr<Node> node = NewNode(*bucket_, "last");
  for (int round = 0; round < 8; ++round) {
    const auto report = node->service.Iterate(Context());
    if (!report.ok()) return std::string(report.status().message());
    if (!report->Summary().ok()) return std::string(report->Summary().message());
    if (options_.retention && !node->Retain(kRetention).ok()) return "retention failed";
    clock_.Advance(std::chrono::hours(50));  // what is marked, or broke off, is old enough now
  }
  if (const std::string what = oracle_.CheckCoverage(kDeleteDelay); !what.empty()) return what;
  return oracle_.CheckContent(/*windows=*/options_.retention);
}

std::string Simulation::Run() {
  std::vector<std::unique_ptr<SimulatedBucket>> buckets;
  std::vector<std::thread> threads;
  const auto start = [&](void (Simulation::*run)(size_t, SimulatedBucket&)) {
    const size_t actor = buckets.size();
    buckets.push_back(std::make_unique<SimulatedBucket>(*bucket_, baton_, actor, clock_, options_.faults, history_));
    threads.emplace_back([this, run, actor, bucket = buckets.back().get()] {
      baton_.Begin(actor);
      (this->*run)(actor, *bucket);
      baton_.Leave(actor);
    });
  };
  start(&Simulation::Ship);
  start(&Simulation::LookOn);
  for (int i = 0; i < options_.compactors; ++i) start(&Simulation::Compact);
  if (options_.retention) start(&Simulation::Retain);
  for (std::thread& thread : threads) thread.join();
  for (const auto& bucket : buckets) operations_ += bucket->operations();
  return failure_.empty() ? SettleAndCheck() : failure_;
}

}  // namespace varve
