#include "promql/engine/info_series.h"

#include <absl/strings/str_join.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/select_operator.h"

namespace varve::promql {
namespace {

constexpr std::array<std::string_view, 2> kIdentifyingLabels = {"instance", "job"};
constexpr std::string_view kTargetInfo = "target_info";

// The names meant by a selector: exclusions alone exclude from everything that ends in _info.
Matchers EffectiveNames(Matchers given) {
  if (given.empty()) return {Matcher::Equal(kMetricName, kTargetInfo)};
  if (std::all_of(given.begin(), given.end(), [](const Matcher& matcher) { return matcher.is_negative(); })) {
    given.insert(given.begin(), *Matcher::Make(Matcher::Type::kRegex, kMetricName, ".+_info"));
  }
  return given;
}

}  // namespace

InfoSeries::InfoSeries(const std::optional<Matchers>& selector) {
  for (const Matcher& matcher : selector.value_or(Matchers())) {
    if (matcher.name() == kMetricName) {
      name_matchers_.push_back(matcher);
    } else {
      label_matchers_.push_back(matcher);
      labels_.insert(matcher.name());
    }
  }
  name_matchers_ = EffectiveNames(std::move(name_matchers_));
}

bool InfoSeries::IsInfoName(std::string_view name) const {
  return std::all_of(name_matchers_.begin(), name_matchers_.end(),
                     [name](const Matcher& matcher) { return matcher.Matches(name); });
}

bool InfoSeries::MayBeMissing() const {
  return std::all_of(label_matchers_.begin(), label_matchers_.end(),
                     [](const Matcher& matcher) { return matcher.MatchesEmpty(); });
}

InfoSeries::Target InfoSeries::TargetOf(std::string_view name, const Labels& labels) {
  Target target = {std::string(name)};
  for (const std::string_view label : kIdentifyingLabels) target.emplace_back(labels.Get(label));
  return target;
}

// Nothing if no series has a target.
std::optional<Matchers> InfoSeries::MatchersFor(const std::vector<StepSeries>& series) const {
  Matchers matchers;
  for (const std::string_view label : kIdentifyingLabels) {
    std::set<std::string> values;
    for (const StepSeries& one : series) {
      if (IsInfoName(one.labels.Get(kMetricName))) continue;
      const std::string_view value = one.labels.Get(label);
      if (!value.empty()) values.insert(re2::RE2::QuoteMeta(re2::StringPiece(value.data(), value.size())));
    }
    if (values.empty()) continue;
    matchers.push_back(*Matcher::Make(Matcher::Type::kRegex, label, absl::StrJoin(values, "|")));
  }
  if (matchers.empty()) return std::nullopt;
  matchers.insert(matchers.end(), label_matchers_.begin(), label_matchers_.end());
  matchers.insert(matchers.end(), name_matchers_.begin(), name_matchers_.end());
  return matchers;
}

absl::Status InfoSeries::Read(const Context& ctx, QueryState& query, const StepGrid& grid, SelectorTime time,
                              const std::vector<StepSeries>& series, const StepMask& steps, SampleTally& tally) {
  std::optional<Matchers> matchers = MatchersFor(series);
  if (!matchers.has_value()) return absl::OkStatus();
  SeriesReaderPtr reader = NewInstantReader(grid, time, query.lookback_ms, SampleField::kInfoTimestamp);
  SelectRequest request = {.range = reader->range(),
                           .matchers = *std::move(matchers),
                           .hints = {.step_ms = grid.count == 1 ? 0 : grid.step_ms, .function = "info"}};
  const OperatorPtr scan =
      NewSelectOperator(std::make_unique<SeriesScan>(query, grid, std::move(request), std::move(reader), tally));
  HeldSamples held(query, ctx.memory());
  VARVE_ASSIGN_OR_RETURN(series_, Drain(ctx, *scan, held));
  for (size_t i = 0; i < series_.size(); ++i) {
    const std::string_view name = series_[i].labels.Get(kMetricName);
    names_.emplace(name);
    std::vector<int32_t>& chosen = by_target_[TargetOf(name, series_[i].labels)];
    chosen.resize(grid.count, kNone);
    VARVE_RETURN_IF_ERROR(Choose(chosen, static_cast<int32_t>(i), steps));
  }
  return absl::OkStatus();
}

// Lets `candidate` take the steps at which it is the most recent one.
absl::Status InfoSeries::Choose(std::vector<int32_t>& chosen, int32_t candidate, const StepMask& steps) {
  const StepSeries& series = series_[static_cast<size_t>(candidate)];
  absl::Status status;
  series.present.ForEach([&](size_t step) {
    if (chosen[step] == kNone) {
      chosen[step] = candidate;
      return;
    }
    const StepSeries& other = series_[static_cast<size_t>(chosen[step])];
    if (series.values[step] > other.values[step]) chosen[step] = candidate;
    if (series.values[step] != other.values[step] || !steps.Test(step) || !status.ok()) return;
    const auto time = std::llround(series.values[step] * 1000);
    status = FailedPrecondition("found duplicate series for info metric: existing {} @ {}, new {} @ {}", other.labels.ToString(),
                                time, series.labels.ToString(), time);
  });
  return status;
}

const std::vector<int32_t>* InfoSeries::Find(const std::string& name, const Labels& labels) const {
  const auto found = by_target_.find(TargetOf(name, labels));
  return found == by_target_.end() ? nullptr : &found->second;
}

}  // namespace varve::promql
