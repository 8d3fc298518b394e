// Asks our PromQL engine and another one random queries about random series and prints where they differ, as small as it gets.
//
//   promql_differential --write-data DIR            writes the series as blocks; then start a Prometheus on DIR, and
//   promql_differential --data DIR --oracle http://localhost:9090 --version 2 --count 200000
//   promql_differential --oracle reference          needs neither
//
// fuzz/differential/run does all of that. A query follows from its seed and the version, the series from --data-seed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/status_macros.h"
#include "differential/era.h"
#include "differential/prometheus_oracle.h"
#include "promql/testing/every_feature.h"
#include "promql/testing/random/differential_trial.h"
#include "promql/testing/random/random_query.h"
#include "promql/testing/random/smaller_queries.h"
#include "promql/testing/reference/reference_evaluator.h"
#include "runtime/files.h"
#include "storage/testing/memory_series_source.h"
#include "tsdb/blocks_source.h"
#include "tsdb/local_blocks.h"

namespace varve::promql {
namespace {

struct Config {
  std::string data, write_data, oracle, query;
  int version = 3;
  bool delayed_name_removal = false;
  uint64_t data_seed = 1, seed = 1;
  size_t eras = 8;
  size_t count = 1000, seconds = 0, threads = 2, differences_max = 10;
  std::optional<int64_t> start, end, step;

  bool modern() const { return version >= 3; }
  QueryDialect dialect() const { return modern() ? QueryDialect::kModern : QueryDialect::kClassic; }
};

// What the queries were like: without a look at this, a generator that only asks nonsense goes unnoticed.
struct Counts {
  std::atomic<size_t> queries = 0, failed = 0, empty = 0, rounding = 0, oracle_failed = 0, different = 0;

  std::string ToString() const {
    return fmt::format(
        "{} queries: {} with an answer, {} empty, {} failed; {} apart by rounding they amplify, {} the oracle broke at, {} "
        "different",
        queries.load(), queries.load() - failed.load() - empty.load(), empty.load(), failed.load(), rounding.load(),
        oracle_failed.load(), different.load());
  }
};

class Session {
 public:
  Session(const Config& config, const DifferentialTrial& trial) : config_(config), trial_(trial) {}

  bool Run();

 private:
  void Work();
  bool Done(size_t index) const;
  void Count(const TrialResult& result);
  void Report(uint64_t seed, const PromqlTestQuery& query);
  void GiveUp(const absl::Status& status);

  const Config& config_;
  const DifferentialTrial& trial_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  Counts counts_;
  Mutex report_mutex_;
};

bool Session::Run() {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < config_.threads; ++i) threads.emplace_back([this] { Work(); });
  for (std::thread& thread : threads) thread.join();
  std::cout << counts_.ToString() << std::endl;
  return counts_.different == 0 && !stopped_;
}

bool Session::Done(size_t index) const {
  if (stopped_ || counts_.different >= config_.differences_max) return true;
  if (config_.seconds == 0) return index >= config_.count;
  return std::chrono::steady_clock::now() - begin_ > std::chrono::seconds(config_.seconds);
}

void Session::Work() {
  for (size_t index = next_++; !Done(index); index = next_++) {
    const uint64_t seed = config_.seed + index;
    const PromqlTestQuery query = RandomQuery(seed, config_.dialect(), EraStart(seed % config_.eras));
    const absl::StatusOr<TrialResult> result = trial_.Run(query);
    if (!result.ok()) return GiveUp(result.status());
    Count(*result);
    if (result->verdict == Verdict::kDifferent) Report(seed, query);
  }
}

void Session::Count(const TrialResult& result) {
  ++counts_.queries;
  if (!result.theirs.status.ok()) {
    ++counts_.failed;
  } else if (result.theirs.series.empty()) {
    ++counts_.empty;
  }
  if (result.verdict == Verdict::kRounding) ++counts_.rounding;
  if (result.verdict == Verdict::kOracleFailed) ++counts_.oracle_failed;
  if (result.verdict == Verdict::kDifferent) ++counts_.different;
  if (counts_.queries % 10'000 == 0) std::cout << counts_.ToString() << std::endl;
}

std::string ToString(const PromqlTestQuery& query) {
  if (!query.is_range) return fmt::format("{}\n  at {}", query.text, query.start);
  return fmt::format("{}\n  from {} to {} step {}", query.text, query.start, query.end, query.step_ms);
}

void Session::Report(uint64_t seed, const PromqlTestQuery& query) {
  std::vector<Labels> series;
  for (const auto& [labels, samples] : SeriesOfEra(config_.data_seed, seed % config_.eras, config_.modern()))
    series.push_back(labels);
  const PromqlTestQuery small = Shrink(query, trial_.parser(), series, [this](const PromqlTestQuery& candidate) {
    const absl::StatusOr<TrialResult> result = trial_.Run(candidate);
    return result.ok() && result->verdict == Verdict::kDifferent;
  });
  const absl::StatusOr<TrialResult> result = trial_.Run(small);
  if (!result.ok()) return GiveUp(result.status());
  MutexLock lock(report_mutex_);
  std::cout << fmt::format(
                   "DIFFERENT: {}\n  shrunk from {}\n  {}\nours:\n{}theirs:\n{}again with: --version {} --data-seed {} --eras {} "
                   "--seed {} --count 1\n\n",
                   ToString(small), ToString(query), result->difference, ToString(result->ours), ToString(result->theirs),
                   config_.version, config_.data_seed, config_.eras, seed)
            << std::flush;
}

void Session::GiveUp(const absl::Status& status) {
  stopped_ = true;
  MutexLock lock(report_mutex_);
  std::cerr << "promql_differential: " << status << std::endl;
}

void AddFlags(CLI::App& app, Config& config) {
  app.add_option("--write-data", config.write_data, "Write the series as blocks into this directory, and nothing else.");
  app.add_option("--data", config.data, "The directory with these blocks.");
  app.add_option("--oracle", config.oracle, "URL of a Prometheus that serves the same blocks, or `reference`.");
  app.add_option("--version", config.version, "Of the oracle: 2 for 2.42, 3 for 3.14 with all features.")->capture_default_str();
  app.add_flag("--delayed-name-removal", config.delayed_name_removal, "The oracle has promql-delayed-name-removal.");
  app.add_option("--data-seed", config.data_seed, "Of the first set of series.")->capture_default_str();
  app.add_option("--eras", config.eras, "Sets of series.")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--seed", config.seed, "Of the first query.")->capture_default_str();
  app.add_option("--count", config.count, "Queries to ask.")->capture_default_str();
  app.add_option("--seconds", config.seconds, "Ask for so long instead.");
  app.add_option("--threads", config.threads, "Queries in flight.")->capture_default_str();
  app.add_option("--differences-max", config.differences_max, "Stop after so many.")->capture_default_str();
  app.add_option("--query", config.query, "Ask only this, print both answers.");
  app.add_option("--start", config.start, "Of --query, in milliseconds.");
  app.add_option("--end", config.end, "Of --query; without it an instant query is asked.");
  app.add_option("--step", config.step, "Of --query, in milliseconds.");
}

EngineOptions EngineFor(const Config& config) {
  EngineOptions options;
  options.delayed_name_removal = config.delayed_name_removal;
  options.parser = kEveryFeature;
  return options;
}

absl::Status AskOne(const Config& config, const DifferentialTrial& trial) {
  PromqlTestQuery query{.text = config.query, .is_range = config.end.has_value(), .start = config.start.value_or(0)};
  query.end = config.end.value_or(query.start);
  query.step_ms = config.step.value_or(60'000);
  VARVE_ASSIGN_OR_RETURN(const TrialResult result, trial.Run(query));
  std::cout << fmt::format("ours:\n{}theirs:\n{}{}\n", ToString(result.ours), ToString(result.theirs), result.difference);
  return absl::OkStatus();
}

absl::StatusOr<bool> Run(const Config& config, const DifferentialTrial& trial) {
  if (config.query.empty()) return Session(config, trial).Run();
  VARVE_RETURN_IF_ERROR(AskOne(config, trial));
  return true;
}

template <typename Columns>
void Join(const Columns& from, Columns& to) {
  to.times.insert(to.times.end(), from.times.begin(), from.times.end());
  to.values.insert(to.values.end(), from.values.begin(), from.values.end());
}

absl::StatusOr<bool> RunAgainstReference(const Config& config) {
  SeriesMap series;
  for (size_t era = 0; era < config.eras; ++era) {
    for (const auto& [labels, samples] : SeriesOfEra(config.data_seed, era, config.modern())) {
      SeriesSamples& all = series[labels];
      Join(samples.floats, all.floats);
      Join(samples.histograms, all.histograms);
    }
  }
  MemorySeriesSource source;
  for (const auto& [labels, samples] : series) source.Put(labels, samples);
  const EngineOptions options = EngineFor(config);
  const ReferenceEvaluator reference(series, options.parser);
  const DifferentialTrial trial(
      options, source, [&reference](const PromqlTestQuery& query) -> absl::StatusOr<QueryAnswer> { return reference.Ask(query); },
      OracleKind::kStepByStep);
  return Run(config, trial);
}

absl::StatusOr<bool> Run(const Config& config) {
  if (!config.write_data.empty()) {
    VARVE_RETURN_IF_ERROR(WriteEras(config.write_data, config.data_seed, config.eras, config.modern()));
    return true;
  }
  if (config.oracle == "reference") return RunAgainstReference(config);
  LocalBlocks blocks(RealFiles(), config.data);
  VARVE_RETURN_IF_ERROR(blocks.Scan().status());
  const std::unique_ptr<SeriesSource> source = NewBlocksSource(blocks);
  VARVE_ASSIGN_OR_RETURN(const auto prometheus, PrometheusOracle::Make(config.oracle, config.dialect()));
  const DifferentialTrial trial(
      EngineFor(config), *source, [&prometheus](const PromqlTestQuery& query) { return prometheus->Ask(query); },
      config.modern() ? OracleKind::kSameVersion : OracleKind::kOtherVersion);
  return Run(config, trial);
}

}  // namespace
}  // namespace varve::promql

int main(int argc, char** argv) {
  CLI::App app("Random PromQL queries to Varve and to an oracle.");
  varve::promql::Config config;
  varve::promql::AddFlags(app, config);
  CLI11_PARSE(app, argc, argv);
  const absl::StatusOr<bool> same = varve::promql::Run(config);
  if (!same.ok()) std::cerr << "promql_differential: " << same.status() << "\n";
  return same.ok() && *same ? 0 : 1;
}
