// A SeriesSource over samples in memory, for tests of everything that queries.
//
//   MemorySeriesSource source;
//   source.Append(Labels{{"__name__", "up"}}, 1000, 1.0);
//   source.Append(Labels{{"__name__", "latency"}}, 1000, histogram);
//
// Shape    samples are kept in time order whatever the order of appending; a second sample of a series at a time replaces the
//          first, of whichever kind. Select answers the series that have samples in the range; label calls look at all series.
// Threads  append first, query afterwards; queries may run side by side.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/series_source.h"

namespace varve {

class MemorySeriesSource : public SeriesSource {
 public:
  void Append(const Labels& labels, TimestampMs time, double value);
  void Append(const Labels& labels, TimestampMs time, FloatHistogram value);
  void Put(const Labels& labels, SeriesSamples samples);  // all of a series, start timestamps too, in place of what it had
  void Clear() { series_.clear(); }
  size_t series_count() const { return series_.size(); }

  void set_warnings(std::vector<std::string> warnings) { warnings_ = std::move(warnings); }  // every answer carries them
  void set_failure(absl::Status status) {
    failure_ = std::move(status);
  }  // a failed one: sets end with it, label calls answer it

  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request) override;
  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const LabelsRequest& request) override;
  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label, const LabelsRequest& request) override;

 private:
  class MemorySeries;
  class Set;

  MemorySeries& SeriesOf(const Labels& labels);

  std::map<Labels, std::shared_ptr<MemorySeries>> series_;
  std::vector<std::string> warnings_;
  absl::Status failure_;
};

}  // namespace varve
