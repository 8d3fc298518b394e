#include "promql/literals.h"

#include <absl/strings/charconv.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "model/code_point.h"
#include "model/quote.h"

namespace varve::promql {
namespace {

bool IsDigitChar(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigitChar(char c) { return IsDigitChar(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

// Go allows an underscore between two digits, and between a prefix (also the 0 of octal numbers) and a digit.
bool UnderscoresAreValid(std::string_view digits, bool hexadecimal) {
  bool after_digit = hexadecimal, after_underscore = false;
  for (const char c : digits) {
    const bool is_digit = hexadecimal ? IsHexDigitChar(c) : IsDigitChar(c);
    if (c == '_' ? !after_digit : after_underscore && !is_digit) return false;
    after_digit = is_digit;
    after_underscore = c == '_';
  }
  return !after_underscore;
}

std::string WithoutUnderscores(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '_');
  return digits;
}

std::optional<int64_t> ParseInteger(std::string_view digits, int base) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// As strconv.ParseInt with base 0 reads the text of a number token.
std::optional<int64_t> ParseGoInteger(std::string_view text, bool hexadecimal) {
  const std::string digits = WithoutUnderscores(hexadecimal ? text.substr(2) : text);
  if (hexadecimal) return ParseInteger(digits, 16);
  return ParseInteger(digits, digits.size() > 1 && digits[0] == '0' ? 8 : 10);
}

absl::Status BadFloat(std::string_view text, std::string_view why) {
  return InvalidArgument("strconv.ParseFloat: parsing {}: {}", Quoted(text), why);
}

absl::StatusOr<double> ParseGoFloatLiteral(std::string_view text) {
  const std::string digits = WithoutUnderscores(text);
  const char* const end = digits.data() + digits.size();
  double value = 0;
  const absl::from_chars_result result = absl::from_chars(digits.data(), end, value);
  if (result.ptr != end || result.ec == std::errc::invalid_argument) return BadFloat(text, "invalid syntax");
  if (result.ec == std::errc::result_out_of_range && value > 1) return BadFloat(text, "value out of range");
  return value;  // what is too small to be told from 0 is 0
}

struct Unit {
  std::string_view name;
  uint64_t ns;
};
constexpr Unit kUnits[] = {
    {"y", 31'536'000'000'000'000}, {"w", 604'800'000'000'000}, {"d", 86'400'000'000'000}, {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},         {"s", 1'000'000'000},       {"ms", 1'000'000}};
constexpr uint64_t kTooLong = uint64_t{1} << 63;

size_t CountWhile(std::string_view text, bool digits) {
  const auto* const end = std::ranges::find_if(text, [digits](char c) { return IsDigitChar(c) != digits; });
  return static_cast<size_t>(end - text.begin());
}

constexpr std::string_view kEscapeLetters = "abfnrtv\\", kEscapes = "\a\b\f\n\r\t\v\\";

// Takes `count` digits off the front.
std::optional<uint32_t> TakeDigits(std::string_view& text, size_t count, int base) {
  if (text.size() < count) return std::nullopt;
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, value, base);
  if (error != std::errc() || end != text.data() + count) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

// `rest` starts after the backslash.
bool AppendEscaped(std::string& out, std::string_view& rest, char quote) {
  if (rest.empty()) return false;
  const char c = rest[0];
  if (c >= '0' && c <= '7') {
    const std::optional<uint32_t> byte = TakeDigits(rest, 3, 8);
    if (!byte.has_value() || *byte > 255) return false;
    return out += static_cast<char>(*byte), true;
  }
  rest.remove_prefix(1);
  if (c == 'x' || c == 'u' || c == 'U') {
    const std::optional<uint32_t> code = TakeDigits(rest, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
    if (!code.has_value() || *code > 0x10ffff) return false;
    if (c == 'x') {
      out += static_cast<char>(*code);
    } else {
      AppendCodePoint(out, *code >= 0xd800 && *code < 0xe000 ? 0xfffd : *code);
    }
    return true;
  }
  if (c == quote) return out += c, true;
  const size_t letter = kEscapeLetters.find(c);
  if (letter == std::string_view::npos) return false;
  return out += kEscapes[letter], true;
}

}  // namespace

absl::StatusOr<double> ParseNumber(std::string_view text) {
  const bool hexadecimal = text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  if (!UnderscoresAreValid(hexadecimal ? text.substr(2) : text, hexadecimal)) return BadFloat(text, "invalid syntax");
  if (const std::optional<int64_t> integer = ParseGoInteger(text, hexadecimal)) return static_cast<double>(*integer);
  if (hexadecimal) return BadFloat(text, "invalid syntax");  // Go's hexadecimal floats have an exponent, the lexer's never do
  return ParseGoFloatLiteral(text);
}

absl::StatusOr<int64_t> ParseDuration(std::string_view text) {
  const auto bad = [text] { return InvalidArgument("not a valid duration string: {}", Quoted(text)); };
  if (text == "0") return 0;
  if (text.empty()) return InvalidArgument("empty duration string");
  std::string_view rest = text;
  uint64_t total_ns = 0;
  const Unit* next_unit = std::begin(kUnits);
  while (!rest.empty()) {
    uint64_t count = 0;
    const size_t digits = CountWhile(rest, true);
    if (digits == 0 || std::from_chars(rest.data(), rest.data() + digits, count).ec != std::errc()) return bad();
    rest.remove_prefix(digits);
    const std::string_view name = rest.substr(0, CountWhile(rest, false));
    if (name.empty()) return bad();
    rest.remove_prefix(name.size());
    const Unit* const unit = std::ranges::find(kUnits, name, &Unit::name);
    if (unit == std::end(kUnits)) return InvalidArgument("unknown unit {} in duration {}", Quoted(name), Quoted(text));
    if (unit < next_unit) return bad();
    next_unit = unit + 1;
    if (count > kTooLong / unit->ns) return InvalidArgument("duration out of range");
    total_ns += count * unit->ns;
    if (total_ns >= kTooLong) return InvalidArgument("duration out of range");
  }
  return static_cast<int64_t>(total_ns / 1'000'000);
}

std::optional<std::string> Unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back()) return std::nullopt;
  const char quote = text.front();
  std::string_view rest = text.substr(1, text.size() - 2);
  if (quote == '`') return rest.find('`') == std::string_view::npos ? std::optional<std::string>(rest) : std::nullopt;
  if ((quote != '"' && quote != '\'') || rest.find('\n') != std::string_view::npos) return std::nullopt;
  std::string out;
  out.reserve(rest.size());
  while (!rest.empty()) {
    const char c = rest[0];
    if (c == quote) return std::nullopt;
    rest.remove_prefix(1);
    if (c != '\\') {
      out += c;
    } else if (!AppendEscaped(out, rest, quote)) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace varve::promql
