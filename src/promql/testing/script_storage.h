// The samples of a promqltest script as a SeriesSource, with what Prometheus' storage makes of them: reset hints of histograms
// follow from the sample before, and a stale marker after a histogram is a histogram.
#pragma once

#include <absl/status/status.h>

#include <map>

#include "promql/testing/script.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {

class ScriptStorage {
 public:
  absl::Status Load(const LoadCommand& load);  // adds to what is there
  void Clear();
  SeriesSource& source() { return source_; }

 private:
  struct Sample {
    SequenceValue value;
    TimestampMs start = 0;  // 0: unknown
  };
  using Samples = std::map<TimestampMs, Sample>;

  absl::Status AddClassicAsNative(const LoadCommand& load);
  void Publish(const Labels& labels, const Samples& samples);

  std::map<Labels, Samples> series_;
  MemorySeriesSource source_;
};

}  // namespace varve::promql
