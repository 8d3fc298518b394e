// Any query about a few series, within small limits: it ends in an answer or an error, holds no memory afterwards, and its answer
// does not depend on what the planner does to it.
//
// Shape    four bytes say how it is asked (see Wishes), the rest is its text.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/check.h"
#include "promql/engine/engine.h"
#include "promql/testing/every_feature.h"
#include "promql/testing/random/random_series.h"
#include "promql/testing/result_text.h"
#include "runtime/executor.h"
#include "runtime/memory_budget.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {
namespace {

// Ends the query at its n-th series, as a client that goes away does.
class StoppingSource : public SeriesSource {
 public:
  StoppingSource(SeriesSource& inner, int series_left, std::stop_source& stop)
      : inner_(inner), series_left_(series_left), stop_(stop) {}

  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request) override {
    absl::StatusOr<std::unique_ptr<SeriesSet>> set = inner_.Select(ctx, request);
    if (!set.ok()) return set;
    return std::make_unique<Set>(*this, *std::move(set));
  }
  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const LabelsRequest& request) override {
    return inner_.LabelNames(ctx, request);
  }
  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label, const LabelsRequest& request) override {
    return inner_.LabelValues(ctx, label, request);
  }

 private:
  class Set : public SeriesSet {
   public:
    Set(StoppingSource& source, std::unique_ptr<SeriesSet> inner) : source_(source), inner_(std::move(inner)) {}
    bool Next() override {
      if (--source_.series_left_ == 0) source_.stop_.request_stop();
      return inner_->Next();
    }
    const std::shared_ptr<const Series>& At() const override { return inner_->At(); }
    const absl::Status& status() const override { return inner_->status(); }

   private:
    StoppingSource& source_;
    const std::unique_ptr<SeriesSet> inner_;
  };

  SeriesSource& inner_;
  int series_left_;
  std::stop_source& stop_;
};

struct Wishes {
  bool is_range, is_stopped, is_poor, is_compared;
  QueryTimes times;
  int series_until_stop;
};

Wishes ReadWishes(const uint8_t* bytes) {
  constexpr int64_t kStepsMs[] = {1, 999, 1'000, 15'000, 60'000, 333'333, 86'400'000, int64_t{1} << 60};
  Wishes wishes{.is_range = (bytes[0] & 1) != 0,
                .is_stopped = (bytes[0] & 2) != 0,
                .is_poor = (bytes[0] & 4) != 0,
                .is_compared = (bytes[0] & 8) != 0,
                .times = {},
                .series_until_stop = 1 + bytes[3]};
  wishes.times.start = (bytes[1] - 16) * 15'000;
  wishes.times.end = wishes.times.start;
  if (!wishes.is_range) return wishes;
  wishes.times.step_ms = kStepsMs[bytes[2] % 8];
  wishes.times.end += std::min(wishes.times.step_ms, int64_t{1} << 50) * (bytes[2] / 8);
  return wishes;
}

class World {
 public:
  World() {
    for (const auto& [labels, samples] : RandomSeries(1, {})) {
      if (labels.Get("instance") == "1") source_.Put(labels, samples);
    }
    for (const TimestampMs time : {-(int64_t{1} << 61), int64_t{-1}, int64_t{0}, int64_t{1} << 61}) {
      source_.Append(Labels{{kMetricName, "far"}}, time, std::numeric_limits<double>::max());
    }
  }

  absl::StatusOr<QueryResult> Ask(const EngineOptions& options, const Wishes& wishes, std::string_view query) {
    MemoryBudget process("process", kProcessBytesMax);
    absl::StatusOr<QueryResult> result = [&] {
      std::stop_source stop;
      StoppingSource source(source_, wishes.is_stopped ? wishes.series_until_stop : std::numeric_limits<int>::max(), stop);
      const Context ctx = Context().WithMemory(&process).WithStop(stop.get_token());
      const Engine engine(options);
      return wishes.is_range ? engine.Range(ctx, source, query, wishes.times)
                             : engine.Instant(ctx, source, query, wishes.times.start);
    }();
    VARVE_CHECK(process.used() == 0);
    return result;
  }

  EngineOptions Options(const Wishes& wishes) {
    EngineOptions options;
    options.samples_max = wishes.is_poor ? 500 : 100'000;
    options.memory_bytes_max = wishes.is_poor ? 64 << 10 : 0;
    options.timeout = std::chrono::seconds(1);
    options.executor = wishes.is_stopped ? &executor_ : nullptr;
    options.delayed_name_removal = wishes.is_poor;
    options.type_and_unit_labels = wishes.is_stopped;
    options.use_start_timestamps = wishes.is_stopped;
    options.parser = kEveryFeature;
    options.parser.depth_max = 100;
    return options;
  }

 private:
  static constexpr int64_t kProcessBytesMax = 64 << 20;

  MemorySeriesSource source_;
  Executor executor_{"query", 2};
};

// Without what is Prometheus' own, see OptimizationInfo::prometheus_does.
OptimizationSet FewestOptimizations() {
  OptimizationSet few;
  for (const OptimizationInfo& info : AllOptimizations()) {
    if (info.prometheus_does) few.Add(info.id);
  }
  return few;
}

}  // namespace
}  // namespace varve::promql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace varve::promql;
  constexpr size_t kWishBytes = 4, kQueryBytesMax = 1'000;
  static World& world = *new World;
  if (size < kWishBytes || size > kWishBytes + kQueryBytesMax) return 0;
  const Wishes wishes = ReadWishes(data);
  const std::string_view query(reinterpret_cast<const char*>(data + kWishBytes), size - kWishBytes);
  EngineOptions options = world.Options(wishes);
  const absl::StatusOr<QueryResult> result = world.Ask(options, wishes, query);
  if (!result.ok() || !wishes.is_compared || wishes.is_stopped || wishes.is_poor) return 0;
  options.optimizations = FewestOptimizations();
  const absl::StatusOr<QueryResult> plain = world.Ask(options, wishes, query);
  if (plain.ok()) VARVE_CHECK(ExactTextOfValues(plain) == ExactTextOfValues(result));
  return 0;
}
