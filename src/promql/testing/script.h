// The promqltest language: load samples, ask a query, say what must come out.
//
//   load 5m
//     requests_total{job="api"} 0+10x10
//   eval instant at 50m sum(requests_total)
//     expect no_warn
//     {} 100
//
// Shape    one command after the other, each with the lines below it up to the next empty line.
// Units    milliseconds; scripts begin at time 0.
// Errors   InvalidArgument with the line.
// Source   prometheus promql/promqltest/README.md and test.go.
#pragma once

#include <absl/status/statusor.h>
#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time_range.h"
#include "model/labels.h"
#include "promql/parser.h"
#include "promql/series_description.h"

namespace varve::promql {

struct LoadCommand {
  struct Series {
    Labels labels;
    std::vector<SequenceValue> values;                  // one a step; a later series of the same labels replaces it
    std::vector<std::optional<int64_t>> start_offsets;  // of the @st line before it, relative to each sample's time; may be empty
  };
  int64_t step_ms = 0;
  bool with_nhcb = false;  // adds a histogram with custom buckets for each classic one
  std::vector<Series> series;
};

struct ClearCommand {};

// Exactly `text`, or whatever matches `regex`, or anything.
struct MessagePattern {
  std::string text;
  std::shared_ptr<const RE2> regex;
  bool any = false;
  bool Matches(std::string_view message) const;
};

struct EvalCommand {
  struct Series {
    Labels labels;
    std::vector<SequenceValue> values;  // one a step; for a vector there is one
  };
  int line = 0;
  std::string query;
  bool is_range = false;
  TimestampMs start = 0, end = 0;  // of an instant query both are its time, or the range vector that is expected
  int64_t step_ms = 0;

  bool ordered = false;
  bool fails = false;
  std::vector<MessagePattern> failures, warnings, infos;  // each must be met; if there are some, all messages must meet one
  bool some_warning = false, some_info = false;           // eval_warn, eval_info
  bool no_warning = false, no_info = false;
  bool range_vector = false;        // expect range vector
  std::optional<std::string> text;  // expect string
  std::optional<double> scalar;
  std::vector<Series> series;
};

using ScriptCommand = std::variant<LoadCommand, ClearCommand, EvalCommand>;

absl::StatusOr<std::vector<ScriptCommand>> ParseScript(std::string_view script);

}  // namespace varve::promql
