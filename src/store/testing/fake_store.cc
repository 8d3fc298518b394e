#include "store/testing/fake_store.h"

#include <condition_variable>
#include <set>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

void AddChunk(ChunkSeries& series, Aggregate aggregate, QueryRange times, const std::vector<FakeSample>& samples) {
  XorEncoder encoder;
  for (const FakeSample& sample : samples) encoder.Append(sample.time, sample.value);
  auto bytes = std::make_shared<const ByteBuffer>(encoder.bytes().begin(), encoder.bytes().end());
  series.chunks.push_back({.min_time = times.min,
                           .max_time = times.max_inclusive,
                           .encoding = ChunkEncoding::kXor,
                           .aggregate = aggregate,
                           .data = *bytes});
  series.owners.push_back(std::move(bytes));
}

class FakeSet : public ChunkSeriesSet {
 public:
  FakeSet(const Context& ctx, FakeStore& store, std::vector<ChunkSeries> series)
      : ctx_(ctx), store_(store), series_(std::move(series)) {}

  bool Next() override {
    if (next_ < series_.size()) {
      current_ = series_[next_++];
      ++store_.produced;
      return true;
    }
    if (store_.endless_bytes > 0 && ctx_.Check().ok()) {
      current_ = ChunkSeries();
      current_.labels = Labels{{"endless", fmt::format("{:08}", next_++)}};
      auto bytes = std::make_shared<const ByteBuffer>(store_.endless_bytes);
      current_.chunks.push_back({.min_time = 0, .max_time = 1, .encoding = ChunkEncoding::kXor, .data = *bytes});
      current_.owners.push_back(std::move(bytes));
      ++store_.produced;
      return true;
    }
    if (store_.hang) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any().wait(lock, ctx_.stop_token(), [] { return false; });
    }
    status_ = store_.error_at_end.ok() ? ctx_.Check() : store_.error_at_end;
    return false;
  }
  ChunkSeries& At() override { return current_; }
  const absl::Status& status() const override { return status_; }
  std::vector<std::string> warnings() const override { return store_.warnings; }

 private:
  const Context ctx_;
  FakeStore& store_;
  std::vector<ChunkSeries> series_;
  size_t next_ = 0;
  ChunkSeries current_;
  absl::Status status_;
};

}  // namespace

void AddXorChunk(ChunkSeries& series, const std::vector<FakeSample>& samples) {
  AddChunk(series, Aggregate::kRaw, {samples.front().time, samples.back().time}, samples);
}

void AddAggregates(ChunkSeries& series, const std::vector<std::pair<Aggregate, std::vector<FakeSample>>>& aggregates) {
  const std::vector<FakeSample>& first = aggregates.front().second;
  for (const auto& [aggregate, samples] : aggregates)
    AddChunk(series, aggregate, {first.front().time, first.back().time}, samples);
}

ChunkSeries FakeSeries(Labels labels, const std::vector<FakeSample>& samples) {
  ChunkSeries series{.labels = std::move(labels), .chunks = {}, .owners = {}};
  if (!samples.empty()) AddXorChunk(series, samples);
  return series;
}

absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> FakeStore::Series(const Context& ctx, const SeriesRequest& request) {
  {
    MutexLock lock(mutex_);
    requests_.push_back(request);
  }
  VARVE_RETURN_IF_ERROR(open_error);
  if (stats.has_value() && request.observer != nullptr) request.observer->OnStats(*stats);
  std::vector<ChunkSeries> matching;
  for (const ChunkSeries& one : series) {
    if (!MatchesAll(request.matchers, one.labels)) continue;
    matching.push_back(one);
    if (request.skip_chunks) matching.back().chunks.clear();
  }
  return std::make_unique<FakeSet>(ctx, *this, std::move(matching));
}

absl::StatusOr<LabelsResult> FakeStore::LabelNames(const Context& ctx, const StoreLabelsRequest& request) {
  VARVE_RETURN_IF_ERROR(open_error);
  std::set<std::string> names;
  for (const ChunkSeries& one : series) {
    if (!MatchesAll(request.matchers, one.labels)) continue;
    for (const LabelView& label : one.labels) names.emplace(label.name);
  }
  return LabelsResult{{names.begin(), names.end()}, warnings};
}

absl::StatusOr<LabelsResult> FakeStore::LabelValues(const Context& ctx, std::string_view label,
                                                    const StoreLabelsRequest& request) {
  VARVE_RETURN_IF_ERROR(open_error);
  std::set<std::string> values;
  for (const ChunkSeries& one : series) {
    if (MatchesAll(request.matchers, one.labels) && one.labels.Has(label)) values.emplace(one.labels.Get(label));
  }
  return LabelsResult{{values.begin(), values.end()}, warnings};
}

std::vector<std::string> DrainSeries(ChunkSeriesSet& set) {
  constexpr std::string_view kAggregates[] = {"raw", "count", "sum", "min", "max", "counter"};
  std::vector<std::string> lines;
  while (set.Next()) {
    const ChunkSeries series = std::move(set.At());
    std::string line = series.labels.ToString();
    for (const ChunkView& chunk : series.chunks) {
      line += fmt::format(" [{} {}-{}]", kAggregates[static_cast<size_t>(chunk.aggregate)], chunk.min_time, chunk.max_time);
    }
    lines.push_back(std::move(line));
  }
  for (const std::string& warning : set.warnings()) lines.push_back("warning: " + warning);
  if (!set.status().ok()) lines.push_back(fmt::format("error: {}", Message(set.status())));
  return lines;
}

}  // namespace varve
