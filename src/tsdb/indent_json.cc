#include "tsdb/indent_json.h"

#include <fmt/format.h>

namespace varve {
namespace {

// Copies the string that starts at text[at], with its quotes; returns the position behind it.
size_t CopyString(std::string_view text, size_t at, std::string& out) {
  out += text[at++];
  while (at < text.size() && text[at] != '"') {
    const char c = text[at++];
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      continue;
    }
    out += c;
    if (c == '\\' && at < text.size()) out += text[at++];
  }
  if (at < text.size()) out += text[at++];
  return at;
}

}  // namespace

std::string IndentJson(std::string_view compact) {
  std::string out;
  out.reserve(compact.size() * 2);
  size_t depth = 0;
  const auto new_line = [&] { out.append(1, '\n').append(depth, '\t'); };
  for (size_t i = 0; i < compact.size();) {
    const char c = compact[i];
    if (c == '"') {
      i = CopyString(compact, i, out);
      continue;
    }
    ++i;
    if (c == '{' || c == '[') {
      out += c;
      if (i < compact.size() && compact[i] == (c == '{' ? '}' : ']')) {
        out += compact[i++];
        continue;
      }
      ++depth;
      new_line();
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      new_line();
      out += c;
    } else {
      out += c;
      if (c == ',') new_line();
      if (c == ':') out += ' ';
    }
  }
  return out;
}

}  // namespace varve
