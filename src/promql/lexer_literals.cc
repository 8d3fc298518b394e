// The part of the lexer that reads numbers, durations and strings. Whether their values make sense is the parser's question.
#include <fmt/format.h>

#include "model/quote.h"
#include "promql/lexer.h"
#include "promql/lexer_text.h"

namespace varve::promql {
namespace {

constexpr std::string_view kDecimal = "0123456789";
constexpr std::string_view kHexadecimal = "0123456789abcdefABCDEF";

uint32_t DigitValue(char32_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

}  // namespace

Token Lexer::NumberOrDuration() {
  if (ScanNumber()) return Emit(TokenKind::kNumber);
  if (ScanRestOfDuration()) return Emit(TokenKind::kDuration);
  return Error(fmt::format("bad number or duration syntax: {}", Quoted(query_.substr(start_, pos_ - start_))));
}

// False if it is no number; the characters looked at so far may be the start of a duration.
bool Lexer::ScanNumber() {
  const size_t before = pos_;
  std::string_view digits = kDecimal;
  if (AcceptIf('0') && Accept("xX")) {
    AcceptIf('_');
    digits = kHexadecimal;
  }
  AcceptIf('.');
  Accept(digits);
  if (!ScanNumberBody(digits)) return false;
  return pos_ != before && !IsAlphaNumeric(Peek());
}

bool Lexer::ScanNumberBody(std::string_view digits) {
  bool got_dot = false, got_exponent = false;
  for (;;) {
    if (PeekIn(".")) {
      Read();
      if (got_dot || Accept("_.") || digits == kHexadecimal) return false;
      got_dot = true;
    } else if (PeekIn("eE")) {  // of hexadecimal numbers too, where an `e` right after the first digit is taken for an exponent
      Read();
      if (got_exponent) return false;
      got_exponent = true;
      Accept("+-");
      if (Accept("._eE") || Peek() == kEnd) return false;
    } else if (PeekIn("_")) {
      Read();
      if (Accept("._eE") || Peek() == kEnd) return false;
    } else {
      if (!Accept(digits)) return true;
      while (Accept(digits)) {
      }
    }
  }
}

// Numbers and units in any order of units but years, which come first; the first number was read.
bool Lexer::ScanRestOfDuration() {
  if (!Accept("smhdwy")) return false;
  AcceptIf('s');
  while (Accept(kDecimal)) {
    while (Accept(kDecimal)) {
    }
    if (!Accept("smhdw")) return false;
    AcceptIf('s');
  }
  if (!IsAlphaNumeric(Peek())) return true;
  Read();  // the message shows it
  return false;
}

Token Lexer::QuotedString(char32_t quote) {
  for (;;) {
    const char32_t c = Read();
    if (c == quote) return Emit(TokenKind::kString);
    if (c == kInvalid) return Error("invalid UTF-8 rune");
    if (c == kEnd || c == '\n') return Error("unterminated quoted string");
    if (std::string error; c == '\\' && !Escape(quote, error)) return Error(error);
  }
}

Token Lexer::RawString() {
  for (;;) {
    const char32_t c = Read();
    if (c == '`') return Emit(TokenKind::kString);
    if (c == kInvalid) return Error("invalid UTF-8 rune");
    if (c == kEnd) return Error("unterminated raw string");
  }
}

// The backslash was read.
bool Lexer::Escape(char32_t quote, std::string& error) {
  const auto fail = [&error](std::string message) { return error = std::move(message), false; };
  char32_t c = Read();
  if (c == quote || (c < 0x80 && std::string_view("abfnrtv\\").find(static_cast<char>(c)) != std::string_view::npos)) return true;
  int count;
  uint32_t base, limit;
  if (c >= '0' && c <= '7') {
    count = 3, base = 8, limit = 255;
  } else if (c == 'x' || c == 'u' || c == 'U') {
    count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    base = 16;
    limit = c == 'x' ? 255 : 0x10ffff;
    c = Read();
  } else {
    return fail(c == kEnd ? "escape sequence not terminated" : "unknown escape sequence " + CodePointAndCharacter(c));
  }
  uint32_t value = 0;
  for (;;) {
    if (DigitValue(c) >= base) {
      if (c == kEnd) return fail("escape sequence not terminated");
      return fail(fmt::format("illegal character {} in escape sequence", CodePointAndCharacter(c)));
    }
    value = value * base + DigitValue(c);
    if (--count == 0) break;
    c = Read();
  }
  if (value > limit || (value >= 0xd800 && value < 0xe000)) return fail("escape sequence is an invalid Unicode code point");
  return true;
}

}  // namespace varve::promql
