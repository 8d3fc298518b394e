#include "promql/testing/random/answer_difference.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/errors.h"

namespace varve::promql {
namespace {

constexpr double kWhole = std::numeric_limits<double>::infinity();

double RelativeError(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : kWhole;
  if (std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b)) return 0;
  // Go's exp, sinh, cosh and pow reach infinity a little early.
  if (std::isinf(a) != std::isinf(b) && std::min(std::fabs(a), std::fabs(b)) > 1e307) return kRoundingErrorMax;
  if (std::isinf(a) && std::isinf(b)) return kRoundingErrorMax;  // divided by 0 and by -0: 2.42 has both as sums
  if (std::isinf(a) || std::isinf(b)) return kWhole;
  // The least there is: 0 and -0 are not the same bits.
  return std::max(std::fabs(a - b) / std::max({std::fabs(a), std::fabs(b), 1e-300}), std::numeric_limits<double>::denorm_min());
}

double RelativeError(const AnswerPoint& a, const AnswerPoint& b) {
  if (!a.is_histogram() && !b.is_histogram()) return RelativeError(a.value, b.value);
  if (a.histogram.size() != b.histogram.size()) return kWhole;
  double worst = 0;
  for (size_t i = 0; i < a.histogram.size(); ++i) worst = std::max(worst, RelativeError(a.histogram[i], b.histogram[i]));
  return worst;
}

using Found = std::optional<AnswerDifference>;

Found Structural(std::string what) { return AnswerDifference{.size = kWhole, .what = std::move(what)}; }

Found FindDifference(const AnswerSeries& ours, const AnswerSeries& theirs) {
  const std::string name = ours.labels.ToString();
  for (size_t i = 0; i < std::max(ours.points.size(), theirs.points.size()); ++i) {
    if (i == ours.points.size() || (i < theirs.points.size() && theirs.points[i].time < ours.points[i].time)) {
      return Structural(fmt::format("{}: only theirs has {}", name, theirs.points[i].time));
    }
    if (i == theirs.points.size() || ours.points[i].time < theirs.points[i].time) {
      return Structural(fmt::format("{}: only ours has {}", name, ours.points[i].time));
    }
  }
  AnswerDifference worst;
  for (size_t i = 0; i < ours.points.size(); ++i) {
    const double error = RelativeError(ours.points[i], theirs.points[i]);
    if (error <= worst.size) continue;
    worst = {.size = error,
             .what = fmt::format("{} at {}: {} and {}, {} apart", name, ours.points[i].time, ours.points[i].weight(),
                                 theirs.points[i].weight(), error)};
  }
  return worst.size == 0 ? Found() : worst;
}

std::vector<const AnswerSeries*> InOrder(const QueryAnswer& answer, bool as_answered) {
  std::vector<const AnswerSeries*> series;
  for (const AnswerSeries& one : answer.series) series.push_back(&one);
  if (!as_answered) std::ranges::sort(series, {}, [](const AnswerSeries* one) -> const Labels& { return one->labels; });
  return series;
}

Found FindDifferenceOfSeries(const QueryAnswer& ours, const QueryAnswer& theirs, bool ordered) {
  const std::vector<const AnswerSeries*> a = InOrder(ours, ordered), b = InOrder(theirs, ordered);
  if (a.size() != b.size()) return Structural(fmt::format("{} and {} series", a.size(), b.size()));
  Found worst;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i]->labels != b[i]->labels) {
      return Structural(fmt::format("{} and {} where the other is", a[i]->labels.ToString(), b[i]->labels.ToString()));
    }
    Found found = FindDifference(*a[i], *b[i]);
    if (found.has_value() && (!worst.has_value() || found->size > worst->size)) worst = std::move(found);
  }
  return worst;
}

std::vector<std::string> Comparable(std::vector<std::string> texts, bool positions) {
  for (std::string& text : texts) {
    RE2::Replace(&text, "over -?\\d+ samples", "over some samples");  // joined annotations count a repaired histogram again
    RE2::GlobalReplace(&text, "(\\d\\.\\d{9})\\d+", "\\1");           // the last digits of computed parameters
    if (!positions) RE2::Replace(&text, " \\(\\d+:\\d+\\)$", "");
  }
  std::ranges::sort(texts);
  texts.erase(std::ranges::unique(texts).begin(), texts.end());
  return texts;
}

// What 3.x tells only now and then: of the pairs of series that do not fit, the last one of a step; of an aggregation, nothing
// more once it has given up the group; and that in the order in which it happens to look at the series. It tells of sort in a
// subquery of one step if the step is not at the end of the window.
bool DependsOnOrder(std::string_view text) {
  constexpr std::string_view kParts[] = {"incompatible sample types encountered for binary operator",
                                         "mix of histograms with exponential and custom buckets schemas",
                                         "mix of histograms and floats",
                                         "mismatched custom buckets were reconciled",
                                         "incompatible bucket layout",
                                         "sort is ineffective",
                                         "conflicting counter resets during histogram"};
  return std::ranges::any_of(kParts, [text](std::string_view part) { return text.find(part) != text.npos; });
}

Found FindDifferenceOfTexts(std::string_view what, const std::vector<std::string>& all_ours,
                            const std::vector<std::string>& all_theirs, bool positions) {
  constexpr size_t kTextsMax = 10;  // more are cut by the HTTP API
  if (all_ours.size() > kTextsMax || all_theirs.size() > kTextsMax) return {};
  std::vector<std::string> ours = Comparable(all_ours, positions), theirs = Comparable(all_theirs, positions);
  if (ours == theirs) return {};
  std::erase_if(ours, DependsOnOrder);
  std::erase_if(theirs, DependsOnOrder);
  if (ours == theirs) return {};
  return Structural(fmt::format("{}: [{}] and [{}]", what, fmt::join(ours, "; "), fmt::join(theirs, "; ")));
}

}  // namespace

Found FindDifference(const QueryAnswer& ours, const QueryAnswer& theirs, const CompareOptions& options) {
  if (ours.status.ok() != theirs.status.ok()) return Structural("only one of them fails");
  if (!ours.status.ok()) {
    // Of several failures of an evaluation it is nobody's promise which comes first, nor which of the series it names.
    if (!options.messages) return {};
    if (absl::IsInvalidArgument(ours.status) != absl::IsInvalidArgument(theirs.status))
      return Structural("failures of another kind");
    if (!absl::IsInvalidArgument(ours.status) || Message(ours.status) == Message(theirs.status)) return {};
    return Structural(fmt::format("messages: {} and {}", Message(ours.status), Message(theirs.status)));
  }
  if (ours.type != theirs.type) return Structural(fmt::format("a {} and a {}", ToString(ours.type), ToString(theirs.type)));
  if (ours.text != theirs.text) return Structural(fmt::format("\"{}\" and \"{}\"", ours.text, theirs.text));
  Found found = FindDifferenceOfSeries(ours, theirs, options.ordered);
  // Where nothing is left an engine may not have looked at every part.
  if (found.has_value() || !options.annotations || ours.series.empty()) return found;
  found = FindDifferenceOfTexts("warnings", ours.warnings, theirs.warnings, options.positions);
  return found.has_value() ? found : FindDifferenceOfTexts("infos", ours.infos, theirs.infos, options.positions);
}

}  // namespace varve::promql
