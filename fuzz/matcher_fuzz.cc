// An expression, a zero byte, a text: what the shape of the expression says of the text is what RE2 says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "model/fast_regex.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t zero = input.find('\0');
  if (zero == std::string_view::npos || zero > 200) return 0;
  const std::string_view pattern = input.substr(0, zero), text = input.substr(zero + 1);
  const auto fast = varve::FastRegex::Make(pattern);
  const auto plain = varve::CompileRegex(pattern);
  VARVE_CHECK(fast.ok() == plain.ok());
  // RE2 and Go disagree about bytes that are not UTF-8; label values are always valid.
  if (!fast.ok() || !varve::IsValidUtf8(text)) return 0;
  const bool matches = varve::FullMatch(**plain, text);
  VARVE_CHECK((*fast)->Matches(text) == matches);
  const auto& set = (*fast)->set_matches();
  VARVE_CHECK(set.empty() || (std::ranges::find(set, text) != set.end()) == matches);
  VARVE_CHECK(!matches || text.starts_with((*fast)->prefix()));
  return 0;
}
