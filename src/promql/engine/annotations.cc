#include "promql/engine/annotations.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "promql/engine/annotation_texts.h"

namespace varve::promql {
namespace {

void Absorb(Annotation& kept, Annotation&& added) {
  kept.position = added.position;
  kept.occurrences += added.occurrences;
  if (!kept.repairs.has_value() || !added.repairs.has_value()) return;
  Annotation::Repairs& all = *kept.repairs;
  all.min_time = std::min(all.min_time, added.repairs->min_time);
  all.max_time = std::max(all.max_time, added.repairs->max_time);
  all.min_bucket = std::min(all.min_bucket, added.repairs->min_bucket);
  all.max_bucket = std::max(all.max_bucket, added.repairs->max_bucket);
  all.diff_max = std::max(all.diff_max, added.repairs->diff_max);
  all.count += added.repairs->count;
}

std::string Rfc3339Seconds(TimestampMs time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time / 1000)));
}

std::string FormatOne(const Annotation& annotation, std::string_view query) {
  const bool warning = annotation.severity == Annotation::Severity::kWarning;
  std::string text = (warning ? "PromQL warning: " : "PromQL info: ") + annotation.text;
  if (query.empty()) return text;
  if (const auto& repairs = annotation.repairs; repairs.has_value()) {
    text += fmt::format(", from buckets {} to {}, with a max diff of {:.2g}, over {} samples from {} to {}",
                        ShortFloat(repairs->min_bucket), ShortFloat(repairs->max_bucket), repairs->diff_max, repairs->count,
                        Rfc3339Seconds(repairs->min_time), Rfc3339Seconds(repairs->max_time));
  }
  if (annotation.occurrences > 1) text += fmt::format(" ({} occurrences)", annotation.occurrences);
  return text + fmt::format(" ({})", LineAndColumn(annotation.position, query));
}

}  // namespace

void Annotations::Add(Annotation annotation) {
  for (Annotation& kept : annotations_) {
    if (kept.severity == annotation.severity && kept.text == annotation.text) return Absorb(kept, std::move(annotation));
  }
  annotations_.push_back(std::move(annotation));
}

void Annotations::AddSourceWarning(std::string warning) {
  if (std::find(source_warnings_.begin(), source_warnings_.end(), warning) != source_warnings_.end()) return;
  source_warnings_.push_back(std::move(warning));
}

void Annotations::MergeFrom(Annotations&& other) {
  for (Annotation& annotation : other.annotations_) Add(std::move(annotation));
  for (std::string& warning : other.source_warnings_) AddSourceWarning(std::move(warning));
  other.annotations_.clear();
  other.source_warnings_.clear();
}

Annotations Annotations::Shifted(int bytes) && {
  for (Annotation& annotation : annotations_) {
    if (annotation.position == PositionRange()) continue;
    annotation.position.start += bytes;
    annotation.position.end += bytes;
  }
  return std::move(*this);
}

Annotations::Texts Annotations::Format(std::string_view query) const {
  Texts texts;
  texts.warnings = source_warnings_;
  for (const Annotation& annotation : annotations_) {
    const bool warning = annotation.severity == Annotation::Severity::kWarning;
    (warning ? texts.warnings : texts.infos).push_back(FormatOne(annotation, query));
  }
  return texts;
}

}  // namespace varve::promql
