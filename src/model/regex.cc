#include "model/regex.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/regex_height.h"
#include "model/regex_text.h"

namespace varve {
namespace {

// RE2 keeps its automata within this; an expression that does not even compile in the first size gets the second.
constexpr int64_t kMemoryBytes = 8 << 20;
constexpr int64_t kMemoryBytesMax = 64 << 20;  // a second of compiling

RE2::Options Options(int64_t memory_bytes) {
  RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(memory_bytes);
  return options;
}

std::string_view GoErrorText(RE2::ErrorCode code) {
  switch (code) {
    case RE2::ErrorBadEscape: return "invalid escape sequence";
    case RE2::ErrorBadCharClass: return "invalid character class";
    case RE2::ErrorBadCharRange: return "invalid character class range";
    case RE2::ErrorMissingBracket: return "missing closing ]";
    case RE2::ErrorMissingParen: return "missing closing )";
    case RE2::ErrorUnexpectedParen: return "unexpected )";
    case RE2::ErrorTrailingBackslash: return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument: return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize: return "invalid repeat count";
    case RE2::ErrorRepeatOp: return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp: return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8: return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture: return "invalid named capture";
    case RE2::ErrorPatternTooLarge: return "expression too large";
    default: return "internal error";
  }
}

absl::Status ParseError(const RE2& regex) {
  const std::string_view code = GoErrorText(regex.error_code());
  const bool bare = regex.error_arg().empty() && regex.error_code() != RE2::ErrorTrailingBackslash;
  if (bare) return InvalidArgument("error parsing regexp: {}", code);
  return InvalidArgument("error parsing regexp: {}: `{}`", code, regex.error_arg());
}

// Go reads (?<name>...) as well as (?P<name>...), this RE2 only the latter.
std::string NameGroupsForRe2(std::string_view pattern) {
  std::string out(pattern);
  if (pattern.find("(?<") == std::string_view::npos) return out;
  for (size_t i = 0; i < out.size(); ++i) {
    if (out.compare(i, 2, "\\Q") == 0) {
      i = QuotedEnd(out, i) - 1;
    } else if (out[i] == '\\') {
      ++i;
    } else if (out[i] == '[') {
      i = ClassEnd(out, i);
    } else if (out.compare(i, 3, "(?<") == 0) {
      out.insert(i + 2, "P");
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const RE2>> CompileRegex(std::string_view pattern) {
  const std::string text = NameGroupsForRe2(pattern);
  auto regex = std::make_unique<const RE2>(text, Options(kMemoryBytes));
  if (regex->error_code() == RE2::ErrorPatternTooLarge) {
    regex = std::make_unique<const RE2>(text, Options(kMemoryBytesMax));
  }
  if (!regex->ok()) return ParseError(*regex);
  VARVE_RETURN_IF_ERROR(CheckAsGo(fmt::format("^(?s:{})$", pattern)));  // which Prometheus compiles
  return regex;
}

bool FullMatch(const RE2& regex, std::string_view text, std::span<re2::StringPiece> groups) {
  return regex.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::ANCHOR_BOTH, groups.data(),
                     static_cast<int>(groups.size()));
}

}  // namespace varve
