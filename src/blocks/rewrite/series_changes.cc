#include "blocks/rewrite/series_changes.h"

#include <algorithm>

namespace varve {
namespace {

bool Applies(const DeletionRequest& deletion, const Labels& series) {
  return std::ranges::all_of(deletion.matchers, [&series](const Matcher& matcher) {
    const std::string_view value = series.Get(matcher.name());
    return !value.empty() && matcher.Matches(value);
  });
}

JsonValue Text(std::string_view text) { return JsonValue(std::string(text)); }

JsonValue Array(JsonValue::Array values) { return values.empty() ? JsonValue() : JsonValue(std::move(values)); }

}  // namespace

SeriesFate Decide(const SeriesChanges& changes, const Labels& series) {
  SeriesFate fate{.labels = series, .intervals = {}};
  if (!changes.relabels.empty()) fate.labels = Relabel(series, changes.relabels).value_or(Labels());
  if (fate.labels.empty()) return fate;
  for (const DeletionRequest& deletion : changes.deletions) {
    if (!Applies(deletion, fate.labels)) continue;
    if (deletion.intervals.empty()) return {};
    fate.intervals.insert(fate.intervals.end(), deletion.intervals.begin(), deletion.intervals.end());
  }
  return fate;
}

JsonValue DeletionsJson(const std::vector<DeletionRequest>& deletions) {
  JsonValue::Array requests;
  for (const DeletionRequest& deletion : deletions) {
    JsonValue::Array matchers, intervals;
    for (const Matcher& matcher : deletion.matchers) {
      matchers.emplace_back(JsonValue::Object{{"Type", JsonValue(static_cast<int64_t>(matcher.type()))},
                                              {"Name", Text(matcher.name())},
                                              {"Value", Text(matcher.value())}});
    }
    for (const QueryRange& interval : deletion.intervals) {
      intervals.emplace_back(JsonValue::Object{{"Mint", JsonValue(interval.min)}, {"Maxt", JsonValue(interval.max_inclusive)}});
    }
    JsonValue::Object request{{"matchers", JsonValue(std::move(matchers))}};
    if (!intervals.empty()) request.emplace_back("intervals", JsonValue(std::move(intervals)));
    if (!deletion.id.empty()) request.emplace_back("request_id", Text(deletion.id));
    requests.emplace_back(std::move(request));
  }
  return Array(std::move(requests));
}

JsonValue RelabelsJson(const RelabelRules& relabels) {
  JsonValue::Array rules;
  for (const RelabelRule& relabel : relabels) {
    const RelabelRule::Config& config = relabel.config();
    JsonValue::Object rule;
    JsonValue::Array sources;
    for (const std::string& source : config.source_labels) sources.push_back(Text(source));
    if (!sources.empty()) rule.emplace_back("source_labels", JsonValue(std::move(sources)));
    rule.emplace_back("separator", Text(config.separator));
    rule.emplace_back("regex", Text(config.regex));
    if (config.modulus != 0) rule.emplace_back("modulus", JsonValue(static_cast<int64_t>(config.modulus)));
    if (!config.target_label.empty()) rule.emplace_back("target_label", Text(config.target_label));
    rule.emplace_back("replacement", Text(config.replacement));
    rule.emplace_back("action", Text(ToString(config.action)));
    rules.emplace_back(std::move(rule));
  }
  return Array(std::move(rules));
}

}  // namespace varve
