// A regular expression that must match the whole text, answered without a regex engine where its shape allows.
//
// Shape    a set of literal values (a hash look-up), a few globs (prefix, suffix, contains), and RE2 for what those leave open.
//          Expressions made of literals and globs only never compile an RE2.
// Errors   InvalidArgument in Go's words, see model/regex.h.
// Threads  immutable; share freely.
// Source   prometheus model/labels/regexp.go, FastRegexMatcher.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/regex.h"
#include "model/regex_shape.h"

namespace varve {

class FastRegex {
 public:
  static absl::StatusOr<std::shared_ptr<const FastRegex>> Make(std::string_view pattern);
  FastRegex(const FastRegex&) = delete;
  FastRegex& operator=(const FastRegex&) = delete;

  bool Matches(std::string_view text) const;

  const std::vector<std::string>& set_matches() const { return set_matches_; }  // all matching texts if at most 256, or nothing
  const std::string& prefix() const { return prefix_; }                         // of every matching text
  bool uses_re2() const { return re2_ != nullptr; }                             // for some texts at least

 private:
  enum class Answer { kNo, kYes, kAskRe2 };

  FastRegex() = default;
  void Adopt(RegexShape shape);
  void FindPrefix(const RegexShape& shape);
  bool MatchesLowered(std::string_view text) const;
  Answer Ask(std::string_view text) const;

  bool matches_all_ = false;
  bool ignores_case_ = false;
  std::vector<std::string> literals_;
  uint64_t literal_sizes_ = 0;                         // bit i: a literal of i bytes, or of at least 63
  absl::flat_hash_set<std::string_view> literal_set_;  // views into literals_; empty if those are few
  std::vector<Glob> globs_;
  std::vector<std::string> set_matches_;
  std::string prefix_;
  std::unique_ptr<const RE2> re2_;
};

}  // namespace varve
