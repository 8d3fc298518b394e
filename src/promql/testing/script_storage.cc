#include "promql/testing/script_storage.h"

#include <cmath>
#include <memory>

#include "base/check.h"
#include "base/float_text.h"
#include "base/status_macros.h"
#include "chunkenc/histogram_encoder.h"
#include "model/sample.h"
#include "promql/testing/classic_histogram.h"

namespace varve::promql {
namespace {

// Gives each histogram of a series the reset hint it has when it is read from a chunk: one that begins a chunk cannot tell.
class ResetHints {
 public:
  void SawFloat() { encoder_.reset(); }

  void Apply(TimestampMs time, FloatHistogram& histogram) {
    const bool continues = encoder_ != nullptr && encoder_->Append(time, histogram);
    if (!continues) {
      encoder_ = std::make_unique<FloatHistogramEncoder>();
      VARVE_CHECK(encoder_->Append(time, histogram));
    }
    const bool is_gauge = encoder_->header() == CounterResetHint::kGauge;
    histogram.reset_hint = is_gauge    ? CounterResetHint::kGauge
                           : continues ? CounterResetHint::kNotReset
                                       : CounterResetHint::kUnknown;
  }

 private:
  std::unique_ptr<FloatHistogramEncoder> encoder_;  // of the chunk being written
};

FloatHistogram StaleHistogram() {
  FloatHistogram stale;
  stale.sum = StaleNan();
  return stale;
}

}  // namespace

void ScriptStorage::Clear() {
  series_.clear();
  source_.Clear();
}

absl::Status ScriptStorage::Load(const LoadCommand& load) {
  std::map<Labels, Samples> loaded;
  for (const LoadCommand::Series& series : load.series) {
    Samples& samples = loaded[series.labels];
    samples.clear();
    for (size_t i = 0; i < series.values.size(); ++i) {
      if (series.values[i].histogram.has_value()) VARVE_RETURN_IF_ERROR(series.values[i].histogram->Validate());
      const TimestampMs time = static_cast<int64_t>(i) * load.step_ms;
      const bool has_start = !series.start_offsets.empty() && series.start_offsets[i].has_value();
      if (!series.values[i].omitted) samples[time] = {series.values[i], has_start ? time + *series.start_offsets[i] : 0};
    }
  }
  for (auto& [labels, samples] : loaded) {
    for (auto& [time, sample] : samples) series_[labels][time] = std::move(sample);
  }
  if (load.with_nhcb) VARVE_RETURN_IF_ERROR(AddClassicAsNative(load));
  for (const auto& [labels, samples] : series_) Publish(labels, samples);
  return absl::OkStatus();
}

absl::Status ScriptStorage::AddClassicAsNative(const LoadCommand& load) {
  std::map<Labels, std::map<TimestampMs, ClassicHistogram>> classic;
  for (const LoadCommand::Series& series : load.series) {
    const ClassicName name = SplitClassicName(series.labels.Get(kMetricName));
    if (name.part == ClassicPart::kNone) continue;
    const absl::StatusOr<double> bound = ParseGoFloat(series.labels.Get(kBucketLabel));
    if (name.part == ClassicPart::kBucket && (!bound.ok() || std::isnan(*bound))) continue;
    LabelsBuilder base(series.labels);
    base.Set(kMetricName, name.base);
    base.Del(kBucketLabel);
    auto& by_time = classic[base.Build()];
    for (size_t i = 0; i < series.values.size(); ++i) {
      const SequenceValue& value = series.values[i];
      if (value.omitted || value.histogram.has_value()) continue;
      ClassicHistogram& histogram = by_time[static_cast<int64_t>(i) * load.step_ms];
      if (name.part == ClassicPart::kBucket) histogram.buckets.emplace(*bound, value.value);
      if (name.part == ClassicPart::kCount) histogram.count = value.value;
      if (name.part == ClassicPart::kSum) histogram.sum = value.value;
    }
  }
  for (const auto& [labels, by_time] : classic) {
    for (const auto& [time, histogram] : by_time) {
      VARVE_ASSIGN_OR_RETURN(FloatHistogram native, histogram.ToNative());
      series_[labels][time] = {.value = {.histogram = std::move(native)}};
    }
  }
  return absl::OkStatus();
}

void ScriptStorage::Publish(const Labels& labels, const Samples& samples) {
  SeriesSamples out;
  ResetHints hints;
  bool after_histogram = false, has_starts = false;
  for (const auto& [time, sample] : samples) {
    has_starts = has_starts || sample.start != 0;
    after_histogram = sample.value.histogram.has_value() || (after_histogram && IsStaleNan(sample.value.value));
    if (after_histogram) {
      FloatHistogram histogram = sample.value.histogram.has_value() ? *sample.value.histogram : StaleHistogram();
      hints.Apply(time, histogram);
      out.histograms.Append(time, std::move(histogram));
      out.histograms.start_times.push_back(sample.start);
    } else {
      hints.SawFloat();
      out.floats.Append(time, sample.value.value);
      out.floats.start_times.push_back(sample.start);
    }
  }
  if (!has_starts) {
    out.floats.start_times.clear();
    out.histograms.start_times.clear();
  }
  source_.Put(labels, std::move(out));
}

}  // namespace varve::promql
