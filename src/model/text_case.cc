#include "model/text_case.h"

#include <absl/strings/ascii.h>
#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <cstdint>

#include "base/utf8.h"
#include "model/code_point.h"

namespace varve {
namespace {

using MapCharacter = wint_t (*)(wint_t, locale_t);

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

std::string MapText(std::string_view text, MapCharacter map) {
  static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  static const locale_t locale = unicode != nullptr ? unicode : newlocale(LC_CTYPE_MASK, "C", nullptr);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    AppendCodePoint(out, length == 0 ? 0xfffd : map(CodePoint(text.substr(0, length)), locale));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

}  // namespace

std::string ToLowerText(std::string_view text) {
  return IsAscii(text) ? absl::AsciiStrToLower({text.data(), text.size()}) : MapText(text, towlower_l);
}
std::string ToUpperText(std::string_view text) {
  return IsAscii(text) ? absl::AsciiStrToUpper({text.data(), text.size()}) : MapText(text, towupper_l);
}

}  // namespace varve
