// A text with references to the groups of a regular expression, as Go's Regexp.Expand reads it.
//
// Shape    $1, $name, ${1}, ${name} stand for a group, $$ for a dollar; a name is as long as it can be ($1x is ${1x}). A group
// that
//          does not exist or did not take part is empty. A dollar followed by anything else is itself.
// Threads  immutable.
// Source   go regexp, func (*Regexp) Expand.
#pragma once

#include <re2/re2.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace varve {

class RegexTemplate {
 public:
  RegexTemplate(std::string_view text, const RE2& regex);

  int group_max() const { return group_max_; }  // -1 if the text refers to no group
  // `groups` are those of a match, group 0 first, and at least group_max() + 1 of them.
  std::string Expand(std::span<const re2::StringPiece> groups) const;

 private:
  struct Part {
    std::string literal;  // written first
    int group = -1;       // then this group, if any
  };
  int group_max_ = -1;
  std::vector<Part> parts_;
};

}  // namespace varve
