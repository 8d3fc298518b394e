// eval, with what it expects.
#include <absl/strings/ascii.h>
#include <re2/re2.h>

#include "base/status_macros.h"
#include "promql/literals.h"
#include "promql/testing/every_feature.h"
#include "promql/testing/script_lines.h"

namespace varve::promql {
namespace {

template <typename... Groups>
bool Matches(std::string_view text, const RE2& pattern, Groups*... groups) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern, groups...);
}

std::string Trimmed(std::string_view text) {
  return std::string(absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size())));
}

absl::Status ParseTimes(std::string_view from, std::string_view to, std::string_view step, EvalCommand& eval) {
  VARVE_ASSIGN_OR_RETURN(eval.start, ParseDuration(from));
  VARVE_ASSIGN_OR_RETURN(eval.end, ParseDuration(to));
  VARVE_ASSIGN_OR_RETURN(eval.step_ms, ParseDuration(step));
  if (eval.end >= eval.start) return absl::OkStatus();
  return InvalidArgument("invalid test definition, end timestamp ({}) is before start timestamp ({})", to, from);
}

absl::Status ParseHead(std::string_view line, EvalCommand& eval) {
  static const RE2* const instant = new RE2(R"((?i)eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+))");
  static const RE2* const range =
      new RE2(R"((?i)eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+))");
  std::string variant, at, from, to, step;
  if (Matches(line, *instant, &variant, &at, &eval.query)) {
    VARVE_RETURN_IF_ERROR(ParseTimes(at, at, "0", eval));
  } else if (Matches(line, *range, &variant, &from, &to, &step, &eval.query)) {
    VARVE_RETURN_IF_ERROR(ParseTimes(from, to, step, eval));
    eval.is_range = true;
  } else {
    return InvalidArgument(
        "invalid evaluation command. Must be either 'eval[_fail|_warn|_ordered] instant [at <offset:duration>] <query>' "
        "or 'eval[_fail|_warn] range from <from> to <to> step <step> <query>'");
  }
  VARVE_RETURN_IF_ERROR(ParseExpr(eval.query, kEveryFeature).status());
  eval.ordered = variant == "ordered";
  eval.fails = variant == "fail";
  eval.some_warning = variant == "warn";
  eval.some_info = variant == "info";
  return absl::OkStatus();
}

absl::StatusOr<MessagePattern> MakePattern(std::string_view how, std::string_view text) {
  if (how.empty()) return MessagePattern{.any = true};
  MessagePattern pattern{.text = Trimmed(text)};
  if (how == "msg") return pattern;
  pattern.regex = std::make_shared<const RE2>(pattern.text, RE2::Quiet);
  if (!pattern.regex->ok()) return InvalidArgument("invalid regex {}", pattern.text);
  return pattern;
}

// expect fail|warn|info [msg|regex: ...], expect ordered|no_warn|no_info
absl::Status ParseExpect(std::string_view line, EvalCommand& eval) {
  static const RE2* const expect = new RE2(R"(expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?)");
  std::string what, how, text;
  if (!Matches(line, *expect, &what, &how, &text)) {
    return InvalidArgument("invalid expect statement, must match `expect <type> <match_type>: <string>` format");
  }
  VARVE_ASSIGN_OR_RETURN(MessagePattern pattern, MakePattern(how, text));
  if (what == "ordered") eval.ordered = true;
  if (what == "no_warn") eval.no_warning = true;
  if (what == "no_info") eval.no_info = true;
  if (what == "warn") eval.warnings.push_back(std::move(pattern));
  if (what == "info") eval.infos.push_back(std::move(pattern));
  if (what == "fail") {
    if (!eval.failures.empty()) return InvalidArgument("invalid expect lines, multiple expect fail lines are not allowed");
    eval.fails = true;
    eval.failures.push_back(std::move(pattern));
  }
  if (eval.no_info && !eval.infos.empty()) {
    return InvalidArgument("invalid expect lines, info and no_info cannot be used together");
  }
  if (eval.no_warning && !eval.warnings.empty()) {
    return InvalidArgument("invalid expect lines, warn and no_warn cannot be used together");
  }
  return absl::OkStatus();
}

absl::Status ParseExpectRangeVector(std::string_view line, EvalCommand& eval) {
  static const RE2* const pattern = new RE2(R"(expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+))");
  std::string from, to, step;
  if (!Matches(line, *pattern, &from, &to, &step)) return InvalidArgument("invalid range vector definition \"{}\"", line);
  eval.range_vector = true;
  return ParseTimes(from, to, step, eval);
}

absl::Status ParseExpectString(std::string_view line, EvalCommand& eval) {
  eval.text = Unquote(Trimmed(line.substr(std::string_view("expect string").size())));
  if (eval.text.has_value()) return absl::OkStatus();
  return InvalidArgument("expected string literal not valid - check that the string is correctly quoted");
}

// eval_fail's expected_fail_message ... and expected_fail_regexp ...
bool ParseExpectedFail(std::string_view line, EvalCommand& eval, absl::Status& status) {
  for (const auto& [word, how] : {std::pair{"expected_fail_message", "msg"}, std::pair{"expected_fail_regexp", "regex"}}) {
    if (!line.starts_with(word)) continue;
    absl::StatusOr<MessagePattern> pattern = MakePattern(how, line.substr(std::string_view(word).size()));
    status = pattern.status();
    if (pattern.ok()) eval.failures.push_back(*std::move(pattern));
    return true;
  }
  return false;
}

absl::StatusOr<double> ParseSignedNumber(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  VARVE_ASSIGN_OR_RETURN(const double value, ParseNumber(text));
  return negative ? -value : value;
}

absl::Status ParseExpectedSeries(std::string_view line, EvalCommand& eval) {
  VARVE_ASSIGN_OR_RETURN(SeriesDescription series, ParseSeriesDescription(line));
  if (series.values.size() > 1 && !eval.is_range && !eval.range_vector) {
    return InvalidArgument(
        "expecting multiple values in instant evaluation not allowed. consider using 'expect range vector' directive "
        "to enable a range vector result for an instant query");
  }
  eval.series.push_back({std::move(series.labels), std::move(series.values)});
  return absl::OkStatus();
}

// True if the block ends with this line.
absl::StatusOr<bool> ParseExpectation(std::string_view line, EvalCommand& eval) {
  absl::Status status;
  if (eval.fails && ParseExpectedFail(line, eval, status)) {
    VARVE_RETURN_IF_ERROR(status);
    return true;
  }
  if (line.starts_with("expect range vector")) {
    status = ParseExpectRangeVector(line, eval);
  } else if (line.starts_with("expect string")) {
    status = ParseExpectString(line, eval);
  } else if (line.substr(0, line.find(' ')) == "expect") {
    status = ParseExpect(line, eval);
  } else if (const absl::StatusOr<double> number = ParseSignedNumber(line); number.ok()) {
    eval.scalar = *number;
    return true;
  } else {
    status = ParseExpectedSeries(line, eval);
  }
  VARVE_RETURN_IF_ERROR(status);
  return false;
}

}  // namespace

absl::StatusOr<EvalCommand> ParseEval(std::string_view first, ScriptLines& lines) {
  EvalCommand eval;
  eval.line = lines.line();
  if (const absl::Status status = ParseHead(first, eval); !status.ok()) return lines.Fail(status);
  while (const std::string* line = lines.TakeInBlock()) {
    const absl::StatusOr<bool> done = ParseExpectation(*line, eval);
    if (!done.ok()) return lines.Fail(done.status());
    if (*done) break;
  }
  return eval;
}

}  // namespace varve::promql
