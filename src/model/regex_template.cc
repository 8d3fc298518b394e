#include "model/regex_template.h"

#include <algorithm>
#include <map>
#include <optional>

namespace varve {
namespace {

// Takes the reference at the front of `rest`, after its dollar: `name` or `{name}`.
std::optional<std::string> TakeName(std::string_view& rest) {
  static const RE2* const reference = new RE2(R"(\{([\pL\p{Nd}_]+)\}|([\pL\p{Nd}_]+))", RE2::Quiet);
  re2::StringPiece input(rest.data(), rest.size());
  std::string braced, bare;
  if (!RE2::Consume(&input, *reference, &braced, &bare)) return std::nullopt;
  rest.remove_prefix(rest.size() - input.size());
  return braced.empty() ? bare : braced;
}

bool IsGroupNumber(std::string_view name) {
  if (name.size() > 8 || (name.size() > 1 && name[0] == '0')) return false;
  return std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

// The group of that name, or -1 if there is none.
int GroupOf(const std::string& name, const RE2& regex) {
  if (IsGroupNumber(name)) {
    const int group = std::stoi(name);
    return group <= regex.NumberOfCapturingGroups() ? group : -1;
  }
  const std::map<std::string, int>& groups = regex.NamedCapturingGroups();
  const auto found = groups.find(name);
  return found == groups.end() ? -1 : found->second;
}

}  // namespace

RegexTemplate::RegexTemplate(std::string_view text, const RE2& regex) {
  std::string literal;
  for (size_t dollar; (dollar = text.find('$')) != std::string_view::npos;) {
    literal.append(text.substr(0, dollar));
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      literal.push_back('$');
      text.remove_prefix(1);
    } else if (const std::optional<std::string> name = TakeName(text)) {
      const int group = GroupOf(*name, regex);
      if (group < 0) continue;
      group_max_ = std::max(group_max_, group);
      parts_.push_back({std::move(literal), group});
      literal.clear();
    } else {
      literal.push_back('$');
    }
  }
  parts_.push_back({literal.append(text)});
}

std::string RegexTemplate::Expand(std::span<const re2::StringPiece> groups) const {
  std::string out;
  for (const Part& part : parts_) {
    out.append(part.literal);
    if (part.group >= 0)
      out.append(groups[static_cast<size_t>(part.group)].data(), groups[static_cast<size_t>(part.group)].size());
  }
  return out;
}

}  // namespace varve
