#include "promql/engine/grouping.h"

#include <absl/container/inlined_vector.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace varve::promql {

Grouping::Grouping(std::vector<std::string> names, bool without) : names_(std::move(names)), without_(without) {
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

bool Grouping::Keeps(std::string_view name) const {
  const bool named = std::binary_search(names_.begin(), names_.end(), name);
  return without_ ? !named && name != kMetricName : named;
}

uint64_t Grouping::Hash(const Labels& labels) const {
  if (without_) return labels.HashWithout(names_);
  return names_.empty() ? 0 : labels.HashOf(names_);
}

bool Grouping::SameGroup(const Labels& group, const Labels& labels) const {
  Labels::Iterator expected = group.begin();
  for (const LabelView& label : labels) {
    if (!Keeps(label.name)) continue;
    if (expected == group.end() || *expected != label) return false;
    ++expected;
  }
  return expected == group.end();
}

Labels Grouping::LabelsOf(const Labels& labels) const {
  absl::InlinedVector<LabelView, 32> kept;
  for (const LabelView& label : labels) {
    if (Keeps(label.name)) kept.push_back(label);
  }
  return Labels::FromSorted(kept);
}

std::string Grouping::ToString() const {
  if (names_.empty() && !without_) return "";
  return fmt::format("{} ({})", without_ ? "without" : "by", fmt::join(names_, ", "));
}

}  // namespace varve::promql
