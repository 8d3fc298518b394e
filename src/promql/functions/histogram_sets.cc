#include "promql/functions/histogram_sets.h"

#include <absl/container/flat_hash_map.h>

#include <utility>

#include "base/float_text.h"
#include "base/status_macros.h"
#include "promql/engine/annotation_texts.h"

namespace varve::promql {
namespace {

class SetTable {
 public:
  HistogramSet& Find(const Labels& labels, bool drop_name) {
    std::vector<uint32_t>& candidates = by_hash_[labels.Hash()];
    for (const uint32_t at : candidates) {
      if (sets_[at].labels == labels) return sets_[at];
    }
    candidates.push_back(static_cast<uint32_t>(sets_.size()));
    sets_.push_back({.labels = labels, .drop_name = drop_name});
    return sets_.back();
  }
  std::vector<HistogramSet> Release() { return std::move(sets_); }

 private:
  std::vector<HistogramSet> sets_;
  absl::flat_hash_map<uint64_t, std::vector<uint32_t>> by_hash_;
};

// Takes the histograms out of `series`, which may hold both kinds of samples.
StepSeries TakeHistograms(StepSeries& series) {
  StepSeries natives = series;
  natives.present.ForEach([&](size_t step) {
    if (!natives.IsHistogram(step)) natives.present.Clear(step);
  });
  series.DropHistograms();
  return natives;
}

Labels WithoutBucketLabel(const Labels& labels) {
  LabelsBuilder builder(labels);
  builder.Del(kBucketLabel);
  return builder.Build();
}

}  // namespace

const FloatHistogram* HistogramSet::NativeAt(size_t step) const {
  for (const StepSeries& native : natives) {
    if (native.IsHistogram(step)) return native.histograms[step].get();
  }
  return nullptr;
}

bool HistogramSet::BucketsAt(size_t step, std::vector<ClassicBucket>& scratch) const {
  scratch.clear();
  for (const Bucket& bucket : buckets) {
    if (bucket.series.present.Test(step)) scratch.push_back({bucket.upper_bound, bucket.series.values[step]});
  }
  return !scratch.empty();
}

absl::StatusOr<std::vector<HistogramSet>> ReadHistogramSets(const Context& ctx, QueryState& query, Operator& input,
                                                            PositionRange position, HeldSamples& held) {
  SetTable table;
  StepSeries series;
  while (true) {
    VARVE_ASSIGN_OR_RETURN(const bool more, input.Next(ctx, series));
    if (!more) return table.Release();
    VARVE_RETURN_IF_ERROR(held.Add(series));
    // A native histogram keeps its `le`, should it have one: only classic buckets are told by it.
    if (series.has_histograms()) {
      table.Find(series.labels, series.drop_name).natives.push_back(TakeHistograms(series));
    }
    if (!series.empty()) {
      const std::string_view label = series.labels.Get(kBucketLabel);
      if (const absl::StatusOr<double> bound = ParseGoFloat(label); bound.ok()) {
        const Labels labels = WithoutBucketLabel(series.labels);
        table.Find(labels, series.drop_name).buckets.push_back({*bound, std::move(series)});
      } else {
        const std::string_view name = query.options.delayed_name_removal ? series.labels.Get(kMetricName) : "";
        query.annotations.Add(BadBucketLabel(name, label, position));
      }
    }
    series = StepSeries();
  }
}

}  // namespace varve::promql
