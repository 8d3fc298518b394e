// Series written by hand, as unit tests of rules and promqltest scripts have them:
//
//   requests_total{job="api"} 1 2+3x4 _x2 stale -1.5x3 {{schema:1 count:3 sum:5 buckets:[1 2]}}+{{count:1}}x2
//
// Shape    a number or a histogram; `x3` after it repeats it three more times, `+2x3` and `-2x3` change it each time; `_` is a
//          gap, `_x3` are three.
// Errors   InvalidArgument in the style of the parser, `1:5: parse error: ...`; also for more than kSequenceMax values.
// Source   prometheus docs/configuration/unit_testing_rules.md (series), promql/parser/generated_parser.y
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "model/histogram.h"
#include "model/labels.h"

namespace varve::promql {

inline constexpr size_t kSequenceMax = 1'000'000;

struct SequenceValue {
  bool omitted = false;
  double value = 0;
  std::optional<FloatHistogram> histogram;  // instead of `value`
  bool has_reset_hint = false;              // the histogram names its reset hint, even if it is the default
};

struct SeriesDescription {
  Labels labels;
  std::vector<SequenceValue> values;
};

absl::StatusOr<SeriesDescription> ParseSeriesDescription(std::string_view text);

}  // namespace varve::promql
