#include "model/regex_text.h"

#include <algorithm>

namespace varve {

size_t ClassEnd(std::string_view text, size_t open) {
  size_t at = open + 1;
  if (at < text.size() && text[at] == '^') ++at;
  if (at < text.size() && text[at] == ']') ++at;
  while (at < text.size() && text[at] != ']') {
    if (text[at] == '\\') {
      at += 2;
    } else if (text.compare(at, 2, "[:") == 0 && text.find(":]", at) != std::string_view::npos) {
      at = text.find(":]", at) + 2;
    } else {
      ++at;
    }
  }
  return std::min(at, text.size());
}

size_t QuotedEnd(std::string_view text, size_t open) {
  const size_t end = text.find("\\E", open);
  return end == std::string_view::npos ? text.size() : end + 2;
}

}  // namespace varve
