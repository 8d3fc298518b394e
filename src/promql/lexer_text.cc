#include "promql/lexer_text.h"

#include <fmt/format.h>

#include <cstdint>

#include "model/quote.h"

namespace varve::promql {
namespace {

constexpr char32_t kReplacement = 0xfffd;

std::string Encode(char32_t c) {
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = kReplacement;
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0 | c >> 6), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xe0 | c >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

char32_t DecodeCharacter(std::string_view character) {
  const auto lead = static_cast<uint8_t>(character[0]);
  if (character.size() == 1) return lead;
  char32_t c = lead & (0xffu >> (character.size() + 1));
  for (const char tail : character.substr(1)) c = c << 6 | (static_cast<uint8_t>(tail) & 0x3f);
  return c;
}

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
  return printable ? fmt::format("U+{:04X} '{}'", static_cast<uint32_t>(c), character) : fmt::format("U+{:04X}", static_cast<uint32_t>(c));
}

}  // namespace varve::promql
