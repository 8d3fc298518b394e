#include "roles/query/query_features.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "roles/label_flags.h"

namespace varve {
namespace {

struct Feature {
  std::string_view name;
  bool& enabled;
};

constexpr std::string_view kWithoutEffect[] = {"promql-at-modifier", "promql-negative-offset", "promql-duration-expr",
                                               "query-pushdown"};

absl::Status NoSuchFeature(std::string_view name, std::span<const Feature> features) {
  std::vector<std::string_view> known;
  for (const Feature& feature : features) known.push_back(feature.name);
  return InvalidArgument("--enable-feature: {:?} is not a feature of this version; there are {}", name, fmt::join(known, ", "));
}

}  // namespace

absl::StatusOr<QueryFeatures> ParseQueryFeatures(std::span<const std::string> names) {
  QueryFeatures result;
  const Feature features[] = {
      {"promql-experimental-functions", result.parser.enable_experimental_functions},
      {"promql-extended-range-selectors", result.parser.enable_extended_range_selectors},
      {"promql-binop-fill-modifiers", result.parser.enable_binop_fill_modifiers},
      {"promql-delayed-name-removal", result.delayed_name_removal},
      {"promql-per-step-stats", result.per_step_stats},
      {"type-and-unit-labels", result.type_and_unit_labels},
      {"use-start-timestamps", result.use_start_timestamps},
  };
  for (const std::string& name : SplitCommas({names.begin(), names.end()})) {
    const auto feature = std::ranges::find(features, name, &Feature::name);
    if (feature != std::end(features)) {
      feature->enabled = true;
    } else if (std::ranges::find(kWithoutEffect, name) == std::end(kWithoutEffect)) {
      return NoSuchFeature(name, features);
    }
  }
  return result;
}

}  // namespace varve
