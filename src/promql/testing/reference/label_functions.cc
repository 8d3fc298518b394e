#include "promql/testing/reference/label_functions.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/errors.h"
#include "model/regex_template.h"

namespace varve::promql::reference {
namespace {

// Runs of digits count as numbers: a2 before a10. `labels` here have values of one such run at most.
bool NaturallyLess(std::string_view a, std::string_view b) {
  const auto is_number = [](std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; };
  if (is_number(a) && is_number(b) && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

}  // namespace

absl::StatusOr<Vector> LabelReplace(Vector vector, std::span<const std::string> texts) {
  const RE2 regex("^(?s:" + texts[3] + ")$", RE2::Quiet);
  if (!regex.ok()) return FailedPrecondition("invalid regular expression in label_replace(): {}", texts[3]);
  const RegexTemplate replacement(texts[1], regex);
  std::vector<re2::StringPiece> groups(static_cast<size_t>(std::max(replacement.group_max(), 0)) + 1);
  for (Element& element : vector) {
    const std::string source(element.labels.Get(texts[2]));
    if (!regex.Match(source, 0, source.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) continue;
    LabelsBuilder builder(element.labels);
    builder.Set(texts[0], replacement.Expand(groups));
    element.labels = builder.Build();
  }
  return vector;
}

absl::StatusOr<Vector> LabelJoin(Vector vector, std::span<const std::string> texts) {
  for (Element& element : vector) {
    std::string joined;
    for (size_t i = 2; i < texts.size(); ++i) joined += (i > 2 ? texts[1] : "") + std::string(element.labels.Get(texts[i]));
    LabelsBuilder builder(element.labels);
    builder.Set(texts[0], joined);
    element.labels = builder.Build();
  }
  return vector;
}

Vector Sorted(std::string_view function, Vector vector, std::span<const std::string> labels) {
  const bool descending = function.ends_with("_desc");
  if (!function.starts_with("sort_by_label")) {
    std::erase_if(vector, [](const Element& element) { return element.value.is_histogram(); });
    std::ranges::stable_sort(vector, [descending](const Element& a, const Element& b) {
      if (std::isnan(a.value.number) || std::isnan(b.value.number)) return !std::isnan(a.value.number);
      return descending ? a.value.number > b.value.number : a.value.number < b.value.number;
    });
    return vector;
  }
  const auto less = [labels](const Element& a, const Element& b) {
    for (const std::string& label : labels) {
      const std::string_view x = a.labels.Get(label), y = b.labels.Get(label);
      if (x != y) return NaturallyLess(x, y);
    }
    return a.labels < b.labels;
  };
  std::ranges::sort(vector, [&](const Element& a, const Element& b) { return descending ? less(b, a) : less(a, b); });
  return vector;
}

Labels LabelsOfAbsent(const Expr& expr) {
  const auto* selector = expr.AsIf<VectorSelector>();
  if (const auto* matrix = expr.AsIf<MatrixSelector>()) selector = matrix->selector.get();
  LabelsBuilder builder;
  if (selector == nullptr) return {};
  std::set<std::string> seen;
  for (const Matcher& matcher : selector->matchers) {
    if (matcher.name() == kMetricName) continue;
    const bool first_equal = matcher.type() == Matcher::Type::kEqual && seen.insert(matcher.name()).second;
    builder.Set(matcher.name(), first_equal ? matcher.value() : "");
  }
  return builder.Build();
}

}  // namespace varve::promql::reference
