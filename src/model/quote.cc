#include "model/quote.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <cstdint>
#include <iterator>

#include "base/utf8.h"
#include "model/code_point.h"

namespace varve {
namespace {

// Go's unicode.IsPrint beyond ASCII: letters, marks, numbers, punctuation and symbols.
bool IsPrintable(std::string_view character) {
  static const RE2* const printable = new RE2(R"([\pL\pM\pN\pP\pS])", RE2::Quiet);
  return RE2::FullMatch(re2::StringPiece(character.data(), character.size()), *printable);
}

void AppendAscii(std::string& out, char c) {
  constexpr std::string_view kNamed = "\a\b\t\n\v\f\r", kLetters = "abtnvfr";
  if (c == '"' || c == '\\') {
    out.append({'\\', c});
  } else if (const size_t at = kNamed.find(c); at != std::string_view::npos) {
    out.append({'\\', kLetters[at]});
  } else if (c < ' ' || c == 0x7f) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<uint8_t>(c));
  } else {
    out.push_back(c);
  }
}

void AppendBeyondAscii(std::string& out, std::string_view character) {
  if (IsPrintable(character)) {
    out.append(character);
  } else if (const uint32_t code = CodePoint(character); code < 0x10000) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
  } else {
    fmt::format_to(std::back_inserter(out), "\\U{:08x}", code);
  }
}

}  // namespace

void AppendQuoted(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    if (length == 1) {
      AppendAscii(out, text[0]);
    } else if (length == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<uint8_t>(text[0]));
    } else {
      AppendBeyondAscii(out, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out.push_back('"');
}

std::string Quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  AppendQuoted(out, text);
  return out;
}

}  // namespace varve
