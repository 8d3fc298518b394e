// load, with its series and their start timestamps.
#include <absl/strings/numbers.h>
#include <re2/re2.h>

#include "base/status_macros.h"
#include "promql/literals.h"
#include "promql/testing/script_lines.h"
#include "promql/text_scanner.h"

namespace varve::promql {
namespace {

using StartOffsets = std::vector<std::optional<int64_t>>;

// -1m, 30s, 0s.
absl::StatusOr<int64_t> ScanOffset(TextScanner& scanner) {
  const bool negative = scanner.TakeIf("-");
  if (!negative) scanner.TakeIf("+");
  std::string text(scanner.TakeDigits());
  text += scanner.TakeWhile([](char c) { return c != 'x' && IsAlpha(static_cast<unsigned char>(c)); });
  VARVE_ASSIGN_OR_RETURN(const int64_t ms, ParseDuration(text));
  return negative ? -ms : ms;
}

absl::StatusOr<size_t> ScanRepetitions(TextScanner& scanner) {
  size_t count = 0;
  const std::string_view digits = scanner.TakeDigits();
  const bool valid = absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &count);
  if (!valid || count > kSequenceMax) return scanner.Fail("invalid repeat count");
  return count;
}

// One of: _  _x3  -1m  -1mx3  -1m+30sx3
absl::Status ScanOffsets(TextScanner& scanner, StartOffsets& offsets) {
  if (scanner.TakeIf("_")) {
    size_t count = 1;
    if (scanner.TakeIf("x")) {
      VARVE_ASSIGN_OR_RETURN(count, ScanRepetitions(scanner));
    }
    offsets.resize(offsets.size() + count);
    return absl::OkStatus();
  }
  VARVE_ASSIGN_OR_RETURN(int64_t offset, ScanOffset(scanner));
  int64_t step = 0;
  if (scanner.Peek() == '+' || scanner.Peek() == '-') {
    VARVE_ASSIGN_OR_RETURN(step, ScanOffset(scanner));
  }
  size_t count = 0;
  if (scanner.TakeIf("x")) {
    VARVE_ASSIGN_OR_RETURN(count, ScanRepetitions(scanner));
  }
  for (size_t i = 0; i <= count; ++i, offset += step) offsets.push_back(offset);
  return absl::OkStatus();
}

struct StartLine {
  Labels labels;
  StartOffsets offsets;
};

// metric{labels}@st offsets...; nothing if the line is none.
absl::StatusOr<std::optional<StartLine>> ParseStartLine(std::string_view line) {
  const size_t space = line.find_first_of(" \t");
  if (space == std::string_view::npos || !line.substr(0, space).ends_with("@st")) return std::nullopt;
  StartLine result;
  VARVE_ASSIGN_OR_RETURN(result.labels, ParseMetric(line.substr(0, space - 3)));
  TextScanner scanner(line, space);
  while (scanner.TakeSpaces() && !scanner.done()) VARVE_RETURN_IF_ERROR(ScanOffsets(scanner, result.offsets));
  if (!scanner.done()) return scanner.Fail("invalid @st sequence");
  return result;
}

}  // namespace

absl::StatusOr<LoadCommand> ParseLoad(std::string_view first, ScriptLines& lines) {
  static const RE2* const pattern = new RE2(R"((?i)load(_with_nhcb)?\s+(\S.*))");
  LoadCommand load;
  std::string with_nhcb, step;
  if (!RE2::FullMatch(re2::StringPiece(first.data(), first.size()), *pattern, &with_nhcb, &step)) {
    return lines.Fail("invalid load command. (load[_with_nhcb] <step:duration>)");
  }
  load.with_nhcb = !with_nhcb.empty();
  const absl::StatusOr<int64_t> step_ms = ParseDuration(step);
  if (!step_ms.ok()) return lines.Fail("invalid step definition \"{}\": {}", step, Message(step_ms.status()));
  load.step_ms = *step_ms;
  std::optional<StartLine> start_line;  // waits for its series
  while (const std::string* line = lines.TakeInBlock()) {
    if (!start_line.has_value()) {
      absl::StatusOr<std::optional<StartLine>> parsed = ParseStartLine(*line);
      if (!parsed.ok()) return lines.Fail(parsed.status());
      start_line = *std::move(parsed);
      if (start_line.has_value()) continue;
    }
    absl::StatusOr<SeriesDescription> described = ParseSeriesDescription(*line);
    if (!described.ok()) return lines.Fail(described.status());
    LoadCommand::Series& series = load.series.emplace_back();
    series.labels = std::move(described->labels);
    series.values = std::move(described->values);
    if (!start_line.has_value()) continue;
    if (series.labels != start_line->labels) return lines.Fail("@st metric does not match the following sample line metric");
    if (series.values.size() != start_line->offsets.size()) {
      return lines.Fail("@st line has {} values but sample line has {}", start_line->offsets.size(), series.values.size());
    }
    series.start_offsets = std::move(start_line->offsets);
    start_line.reset();
  }
  if (start_line.has_value()) return lines.Fail("@st line has no following sample line");
  return load;
}

}  // namespace varve::promql
