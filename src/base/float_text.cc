#include "base/float_text.h"

#include <cctype>
#include <absl/strings/charconv.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "base/errors.h"

namespace varve {
namespace {

bool AppendSpecial(std::string& out, double value) {
  if (std::isnan(value)) return out.append("NaN"), true;
  if (std::isinf(value)) return out.append(value > 0 ? "+Inf" : "-Inf"), true;
  return false;
}

void AppendChars(std::string& out, double value, std::chars_format format) {
  char buffer[512];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value, format);
  out.append(buffer, end);
}

bool EqualsIgnoreCase(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if ((a[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

// Go allows `_` between digits (or after the base prefix) only in literals with a base prefix, i.e. hexadecimal floats here.
bool UnderscoresAreValid(std::string_view digits) {
  char previous = 'x';  // the prefix counts as a digit
  for (const char c : digits) {
    if (c == '_' && (previous == '_' || !std::isxdigit(static_cast<unsigned char>(previous)))) {
      if (previous != 'x') return false;
    }
    if (previous == '_' && !std::isxdigit(static_cast<unsigned char>(c))) return false;
    previous = c;
  }
  return previous != '_';
}

}  // namespace

void AppendFloatFixed(std::string& out, double value) {
  if (AppendSpecial(out, value)) return;
  if (std::fabs(value) < 1e15) return AppendChars(out, value, std::chars_format::fixed);
  // From here on std::to_chars would print the exact integer; Go prints the shortest digits, then zeros.
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + 2, text.data() + text.size(), exponent);  // past "e+"
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits.push_back(c);
  }
  const size_t wanted = static_cast<size_t>(exponent) + 1 + (value < 0 ? 1 : 0);
  if (digits.size() < wanted) digits.append(wanted - digits.size(), '0');
  out += digits;
  if (digits.size() > wanted) out.insert(out.size() - (digits.size() - wanted), ".");
}

void AppendFloatExponent(std::string& out, double value) {
  if (!AppendSpecial(out, value)) AppendChars(out, value, std::chars_format::scientific);
}

void AppendFloatGeneral(std::string& out, double value) {
  const double magnitude = std::fabs(value);
  if (magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e6)) {
    AppendFloatExponent(out, value);
  } else {
    AppendFloatFixed(out, value);
  }
}

std::string FormatFloatFixed(double value) {
  std::string out;
  AppendFloatFixed(out, value);
  return out;
}

std::string FormatFloatExponent(double value) {
  std::string out;
  AppendFloatExponent(out, value);
  return out;
}

std::string FormatFloatGeneral(double value) {
  std::string out;
  AppendFloatGeneral(out, value);
  return out;
}

absl::StatusOr<double> ParseGoFloat(std::string_view text) {
  const auto bad = [text] { return InvalidArgument("{:?} is not a number", text); };
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest.empty()) return bad();
  if (EqualsIgnoreCase(rest, "inf") || EqualsIgnoreCase(rest, "infinity")) {
    const double inf = std::numeric_limits<double>::infinity();
    return negative ? -inf : inf;
  }
  if (EqualsIgnoreCase(rest, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (rest[0] == '+' || rest[0] == '-') return bad();

  absl::chars_format format = absl::chars_format::general;
  std::string without_underscores;
  if (rest.size() > 2 && rest[0] == '0' && (rest[1] | 0x20) == 'x') {
    rest.remove_prefix(2);
    format = absl::chars_format::hex;
    if (!UnderscoresAreValid(rest)) return bad();
    if (rest.find('_') != std::string_view::npos) {
      for (const char c : rest) {
        if (c != '_') without_underscores.push_back(c);
      }
      rest = without_underscores;
    }
    if (rest.find_first_of("pP") == std::string_view::npos) return bad();  // Go wants the exponent
  } else if (!(std::isdigit(static_cast<unsigned char>(rest[0])) != 0 || rest[0] == '.')) {
    return bad();
  }
  double value = 0;
  const auto [end, error] = absl::from_chars(rest.data(), rest.data() + rest.size(), value, format);
  if (error == std::errc::invalid_argument || end != rest.data() + rest.size()) return bad();
  // What is too small to be told from 0 is 0.
  if (error == std::errc::result_out_of_range && value > 1) return OutOfRange("{:?} does not fit a 64-bit float", text);
  return negative ? -value : value;
}

}  // namespace varve
