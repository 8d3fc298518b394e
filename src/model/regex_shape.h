// What a regular expression asks of a whole text, where that can be said without a regex engine: that the text fits one of a
// few globs. `(foo|bar)-.*` is {foo-*, bar-*}; `.*err[0-2]?` is {*err, *err0, *err1, *err2}.
//
//   AnalyseRegex("a|b.+c")   { literals {"a"}, gaps {} }  and  { literals {"b", "c"}, gaps {1} }
//
// Shape    parts of the expression that are no globs widen to "anything" and make the glob inexact: a text that fits no glob does
//          not match, one that fits an exact glob does, and only the rest must be asked of RE2.
// Threads  values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace varve {

// literals[0] gap[0] literals[1] gap[1] ... literals[n], where a gap is any text of at least gaps[i] bytes (0 or 1).
struct Glob {
  std::vector<std::string> literals = {""};
  std::vector<uint8_t> gaps;
  bool exact = true;  // false: fits more texts than the expression matches

  bool is_literal() const { return gaps.empty(); }
  std::string_view prefix() const { return literals.front(); }
  std::string_view suffix() const { return literals.back(); }
  bool FitsAnything() const { return gaps.size() == 1 && gaps[0] == 0 && prefix().empty() && suffix().empty(); }
  bool Fits(std::string_view text) const;
};

struct RegexShape {
  bool ignores_case = false;  // literals are lower-case ASCII, to be compared with the text in lower case
  std::vector<Glob> globs;    // never empty
};

// Nothing if the expression has anything in it that we do not parse, be it wrong or only unusual.
std::optional<RegexShape> AnalyseRegex(std::string_view pattern);

}  // namespace varve
