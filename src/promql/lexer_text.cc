#include "promql/lexer_text.h"

#include <fmt/format.h>

#include <cstdint>

#include "model/code_point.h"
#include "model/quote.h"

namespace varve::promql {
namespace {

constexpr char32_t kReplacement = 0xfffd;

std::string Encode(char32_t c) {
  std::string out;
  AppendCodePoint(out, c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? kReplacement : c);
  return out;
}

}  // namespace

std::string QuotedCharacter(char32_t c) {
  if (c == '"') return "'\"'";
  if (c == '\'') return "'\\''";
  std::string quoted = Quoted(Encode(c));
  quoted.front() = quoted.back() = '\'';
  return quoted;
}

std::string CodePointAndCharacter(char32_t c) {
  const std::string character = Encode(c);
  const bool printable = c == '"' || c == '\\' || Quoted(character) == fmt::format("\"{}\"", character);
  return printable ? fmt::format("U+{:04X} '{}'", static_cast<uint32_t>(c), character)
                   : fmt::format("U+{:04X}", static_cast<uint32_t>(c));
}

}  // namespace varve::promql
