// A condition on one label: name="value", !=, =~, !~. Regular expressions are RE2, anchored at both ends, and see a newline as
// any other character, as in Prometheus.
//
// Shape    what a regular expression really asks is found once, at construction: a literal, a set of literals, a prefix, a
//          suffix, "anything", "anything but empty"; only the rest runs RE2.
// Errors   InvalidArgument for a regular expression RE2 does not take.
// Threads  immutable; share freely. Copies share the compiled expression.
// Source   prometheus model/labels/{matcher,regexp}.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/labels.h"

namespace varve {

class FastRegex;  // model/fast_regex.h

class Matcher {
 public:
  enum class Type { kEqual, kNotEqual, kRegex, kNotRegex };  // the numbers are those of storepb.LabelMatcher.Type

  static Matcher Equal(std::string_view name, std::string_view value);
  static Matcher NotEqual(std::string_view name, std::string_view value);
  static absl::StatusOr<Matcher> Make(Type type, std::string_view name, std::string_view value);

  Type type() const { return type_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }
  bool is_negative() const { return type_ == Type::kNotEqual || type_ == Type::kNotRegex; }

  bool Matches(std::string_view value) const;
  bool Matches(const Labels& labels) const { return Matches(labels.Get(name_)); }
  bool MatchesEmpty() const { return Matches(std::string_view()); }  // an absent label satisfies it

  // The values a regular expression can match, if they are few and literal (a|b|c); empty otherwise. For `=` the value itself.
  const std::vector<std::string>& SetMatches() const;
  std::string_view prefix() const;  // every matching value starts with it; may be empty

  std::string ToString() const;  // name=~"value"; names that are not plain are quoted
  friend bool operator==(const Matcher& a, const Matcher& b) {
    return a.type_ == b.type_ && a.name_ == b.name_ && a.value_ == b.value_;
  }

 private:
  Matcher(Type type, std::string_view name, std::string_view value);
  Type type_;
  std::string name_;
  std::string value_;
  std::shared_ptr<const FastRegex> regex_;  // null for = and !=
  std::vector<std::string> set_;
};

using Matchers = std::vector<Matcher>;

bool MatchesAll(const Matchers& matchers, const Labels& labels);
std::string_view ToString(Matcher::Type type);   // =, !=, =~, !~
std::string ToString(const Matchers& matchers);  // {a="1",b!~"x.*"}

}  // namespace varve
