// A store with series from a list, which a test can make slow, unsorted, wordy or failing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "store/store_api.h"

namespace varve {

// A raw XOR chunk of `samples`, whose bytes live as long as the series.
struct FakeSample {
  TimestampMs time;
  double value;
};
void AddXorChunk(ChunkSeries& series, const std::vector<FakeSample>& samples);
// The aggregates of one downsampled chunk.
void AddAggregates(ChunkSeries& series, const std::vector<std::pair<Aggregate, std::vector<FakeSample>>>& aggregates);
ChunkSeries FakeSeries(Labels labels, const std::vector<FakeSample>& samples);

class FakeStore : public StoreApi {
 public:
  FakeStore() : info_(std::make_shared<StoreInfo>()) {}

  // Filters by matchers and adds nothing; series come in the order given.
  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Series(const Context& ctx, const SeriesRequest& request) override;
  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const StoreLabelsRequest& request) override;
  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label,
                                           const StoreLabelsRequest& request) override;
  std::shared_ptr<const StoreInfo> Info() const override { return info_; }

  StoreInfo& info() { return *info_; }
  std::vector<SeriesRequest> requests() const {
    MutexLock lock(mutex_);
    return requests_;
  }

  // What a test sets up before the first call.
  std::vector<ChunkSeries> series;
  std::vector<std::string> warnings;
  std::optional<SeriesStats> stats;  // told to whoever observes a Series call
  absl::Status open_error;           // Series and the label calls fail at once
  absl::Status error_at_end;         // the set fails after its series
  bool hang = false;                 // the set waits after its series until the context ends
  size_t endless_bytes = 0;          // after its series, more of them for ever, with so many bytes each
  std::atomic<int> produced{0};      // series taken out of sets so far

 private:
  std::shared_ptr<StoreInfo> info_;
  mutable Mutex mutex_;
  std::vector<SeriesRequest> requests_ ABSL_GUARDED_BY(mutex_);
};

// "labels: [aggregate min-max] ..." for each series, then "warning: ..." and "error: ..." lines.
std::vector<std::string> DrainSeries(ChunkSeriesSet& set);

}  // namespace varve
