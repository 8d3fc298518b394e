// The info series a query needs, found by name and target.
//
// Source   prometheus promql/info.go, fetchInfoSeries and combineWithInfoVector.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/matcher.h"
#include "promql/engine/series_reader.h"

namespace varve::promql {

class InfoSeries {
 public:
  static constexpr int32_t kNone = -1;

  // What is asked of info series: their names, and the labels wanted of them (all, if there are no matchers for labels).
  explicit InfoSeries(const std::optional<Matchers>& selector);

  bool IsInfoName(std::string_view name) const;
  bool WantsLabel(std::string_view name) const { return labels_.empty() || labels_.contains(name); }
  // True if a series without any info series satisfies the matchers for labels.
  bool MayBeMissing() const;

  // Reads the info series of the targets of `series`. `steps` are those at which there is something to add to.
  absl::Status Read(const Context& ctx, QueryState& query, const StepGrid& grid, SelectorTime time,
                    const std::vector<StepSeries>& series, const StepMask& steps, SampleTally& tally);

  const std::set<std::string>& names() const { return names_; }  // of the info metrics found
  // For each step the info series of that name and the target of `labels`, or kNone; null if there is none at all.
  const std::vector<int32_t>* Find(const std::string& name, const Labels& labels) const;
  const Labels& labels(int32_t series) const { return series_[static_cast<size_t>(series)].labels; }

 private:
  using Target = std::vector<std::string>;  // name, instance, job

  static Target TargetOf(std::string_view name, const Labels& labels);
  std::optional<Matchers> MatchersFor(const std::vector<StepSeries>& series) const;
  absl::Status Choose(std::vector<int32_t>& chosen, int32_t candidate, const StepMask& steps);

  Matchers name_matchers_, label_matchers_;
  std::set<std::string, std::less<>> labels_;  // those of label_matchers_
  std::vector<StepSeries> series_;             // values are times of samples
  std::set<std::string> names_;
  std::map<Target, std::vector<int32_t>> by_target_;
};

}  // namespace varve::promql
