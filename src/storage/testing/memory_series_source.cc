#include "storage/testing/memory_series_source.h"

#include <algorithm>
#include <set>

#include "base/status_macros.h"

namespace varve {
namespace {

template <typename Columns>
size_t FirstFrom(const Columns& columns, TimestampMs time) {
  return static_cast<size_t>(std::lower_bound(columns.times.begin(), columns.times.end(), time) - columns.times.begin());
}

template <typename Columns>
void EraseAt(Columns& columns, TimestampMs time) {
  const auto at = static_cast<std::ptrdiff_t>(FirstFrom(columns, time));
  if (at == std::ssize(columns.times) || columns.times[static_cast<size_t>(at)] != time) return;
  columns.times.erase(columns.times.begin() + at);
  columns.values.erase(columns.values.begin() + at);
}

template <typename Columns, typename Value>
void Insert(Columns& columns, TimestampMs time, Value value) {
  const auto at = static_cast<std::ptrdiff_t>(FirstFrom(columns, time));
  columns.times.insert(columns.times.begin() + at, time);
  columns.values.insert(columns.values.begin() + at, std::move(value));
}

template <typename Columns>
void CopyRange(const Columns& from, QueryRange range, Columns& to) {
  for (size_t i = FirstFrom(from, range.min); i < from.size() && from.times[i] <= range.max_inclusive; ++i) {
    to.Append(from.times[i], from.values[i]);
    if (!from.start_times.empty()) to.start_times.push_back(from.start_times[i]);
  }
}

template <typename Columns>
bool HasSampleIn(const Columns& columns, QueryRange range) {
  const size_t first = FirstFrom(columns, range.min);
  return first < columns.size() && columns.times[first] <= range.max_inclusive;
}

LabelsResult Limited(const std::set<std::string, std::less<>>& values, uint64_t limit, std::vector<std::string> warnings) {
  LabelsResult result{.values = {values.begin(), values.end()}, .warnings = std::move(warnings)};
  if (limit > 0 && result.values.size() > limit) result.values.resize(limit);
  return result;
}

}  // namespace

class MemorySeriesSource::MemorySeries : public Series {
 public:
  explicit MemorySeries(Labels labels) : labels_(std::move(labels)) {}
  const Labels& labels() const override { return labels_; }

  absl::Status Read(const Context& ctx, QueryRange range, SeriesSamples& out) const override {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    CopyRange(samples_.floats, range, out.floats);
    CopyRange(samples_.histograms, range, out.histograms);
    return absl::OkStatus();
  }

  void PutAll(SeriesSamples samples) { samples_ = std::move(samples); }
  void Put(TimestampMs time, double value) {
    Erase(time);
    Insert(samples_.floats, time, value);
  }
  void Put(TimestampMs time, FloatHistogram value) {
    Erase(time);
    Insert(samples_.histograms, time, std::move(value));
  }
  bool HasSampleIn(QueryRange range) const {
    return varve::HasSampleIn(samples_.floats, range) || varve::HasSampleIn(samples_.histograms, range);
  }

 private:
  void Erase(TimestampMs time) {
    EraseAt(samples_.floats, time);
    EraseAt(samples_.histograms, time);
  }

  Labels labels_;
  SeriesSamples samples_;
};

class MemorySeriesSource::Set : public SeriesSet {
 public:
  Set(std::vector<std::shared_ptr<const Series>> series, std::vector<std::string> warnings, absl::Status status)
      : series_(std::move(series)), warnings_(std::move(warnings)), status_(std::move(status)) {}
  bool Next() override { return status_.ok() && next_ < series_.size() && ++next_ > 0; }
  const std::shared_ptr<const Series>& At() const override { return series_[next_ - 1]; }
  const absl::Status& status() const override { return status_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  std::vector<std::shared_ptr<const Series>> series_;
  std::vector<std::string> warnings_;
  absl::Status status_;
  size_t next_ = 0;
};

MemorySeriesSource::MemorySeries& MemorySeriesSource::SeriesOf(const Labels& labels) {
  std::shared_ptr<MemorySeries>& series = series_[labels];
  if (series == nullptr) series = std::make_shared<MemorySeries>(labels);
  return *series;
}

void MemorySeriesSource::Append(const Labels& labels, TimestampMs time, double value) { SeriesOf(labels).Put(time, value); }

void MemorySeriesSource::Append(const Labels& labels, TimestampMs time, FloatHistogram value) {
  SeriesOf(labels).Put(time, std::move(value));
}

void MemorySeriesSource::Put(const Labels& labels, SeriesSamples samples) { SeriesOf(labels).PutAll(std::move(samples)); }

absl::StatusOr<std::unique_ptr<SeriesSet>> MemorySeriesSource::Select(const Context& ctx, const SelectRequest& request) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  std::vector<std::shared_ptr<const Series>> selected;
  for (const auto& [labels, series] : series_) {
    if (MatchesAll(request.matchers, labels) && series->HasSampleIn(request.range)) selected.push_back(series);
  }
  return std::make_unique<Set>(std::move(selected), warnings_, failure_);
}

absl::StatusOr<LabelsResult> MemorySeriesSource::LabelNames(const Context& ctx, const LabelsRequest& request) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  VARVE_RETURN_IF_ERROR(failure_);
  std::set<std::string, std::less<>> names;
  for (const auto& [labels, series] : series_) {
    if (!MatchesAll(request.matchers, labels)) continue;
    for (const LabelView& label : labels) names.emplace(label.name);
  }
  return Limited(names, request.limit, warnings_);
}

absl::StatusOr<LabelsResult> MemorySeriesSource::LabelValues(const Context& ctx, std::string_view label,
                                                             const LabelsRequest& request) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  VARVE_RETURN_IF_ERROR(failure_);
  std::set<std::string, std::less<>> values;
  for (const auto& [labels, series] : series_) {
    if (labels.Has(label) && MatchesAll(request.matchers, labels)) values.emplace(labels.Get(label));
  }
  return Limited(values, request.limit, warnings_);
}

}  // namespace varve
