#include "promql/testing/script.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>

#include "base/status_macros.h"
#include "promql/testing/script_lines.h"

namespace varve::promql {

bool MessagePattern::Matches(std::string_view message) const {
  if (any) return true;
  if (regex == nullptr) return message == text;
  return RE2::PartialMatch(re2::StringPiece(message.data(), message.size()), *regex);
}

ScriptLines::ScriptLines(std::string_view script) {
  for (const absl::string_view line : absl::StrSplit(absl::string_view(script.data(), script.size()), '\n')) {
    const absl::string_view trimmed = absl::StripAsciiWhitespace(line);
    lines_.emplace_back(trimmed.empty() || trimmed[0] == '#' ? absl::string_view() : trimmed);
  }
}

absl::StatusOr<std::vector<ScriptCommand>> ParseScript(std::string_view script) {
  ScriptLines lines(script);
  std::vector<ScriptCommand> commands;
  while (!lines.done()) {
    const std::string line = lines.Take();
    const std::string word = absl::AsciiStrToLower(line.substr(0, line.find_first_of(" \t")));
    if (word.empty()) continue;
    if (word == "clear") {
      commands.emplace_back(ClearCommand());
    } else if (word.starts_with("load")) {
      VARVE_ASSIGN_OR_RETURN(LoadCommand load, ParseLoad(line, lines));
      commands.emplace_back(std::move(load));
    } else if (word.starts_with("eval")) {
      VARVE_ASSIGN_OR_RETURN(EvalCommand eval, ParseEval(line, lines));
      commands.emplace_back(std::move(eval));
    } else {
      return lines.Fail("invalid command \"{}\"", line);
    }
  }
  return commands;
}

}  // namespace varve::promql
