#include "model/matcher.h"

#include <algorithm>

#include "base/check.h"
#include "base/status_macros.h"
#include "model/fast_regex.h"
#include "model/names.h"
#include "model/quote.h"

namespace varve {

Matcher::Matcher(Type type, std::string_view name, std::string_view value) : type_(type), name_(name), value_(value) {
  if (type == Type::kEqual) set_.push_back(value_);
}

Matcher Matcher::Equal(std::string_view name, std::string_view value) { return Matcher(Type::kEqual, name, value); }
Matcher Matcher::NotEqual(std::string_view name, std::string_view value) { return Matcher(Type::kNotEqual, name, value); }

absl::StatusOr<Matcher> Matcher::Make(Type type, std::string_view name, std::string_view value) {
  Matcher matcher(type, name, value);
  if (type == Type::kRegex || type == Type::kNotRegex) {
    VARVE_ASSIGN_OR_RETURN(matcher.regex_, FastRegex::Make(value));
  }
  return matcher;
}

bool Matcher::Matches(std::string_view value) const {
  switch (type_) {
    case Type::kEqual: return value == value_;
    case Type::kNotEqual: return value != value_;
    case Type::kRegex: return regex_->Matches(value);
    case Type::kNotRegex: return !regex_->Matches(value);
  }
  VARVE_CHECK(false);
}

const std::vector<std::string>& Matcher::SetMatches() const { return regex_ ? regex_->set_matches() : set_; }

std::string_view Matcher::prefix() const {
  if (type_ == Type::kEqual) return value_;
  return type_ == Type::kRegex ? std::string_view(regex_->prefix()) : std::string_view();
}

std::string Matcher::ToString() const {
  std::string out;
  if (IsLegacyLabelName(name_)) {
    out.append(name_);
  } else {
    AppendQuoted(out, name_);
  }
  out.append(varve::ToString(type_));
  AppendQuoted(out, value_);
  return out;
}

bool MatchesAll(const Matchers& matchers, const Labels& labels) {
  return std::ranges::all_of(matchers, [&labels](const Matcher& matcher) { return matcher.Matches(labels); });
}

std::string_view ToString(Matcher::Type type) {
  switch (type) {
    case Matcher::Type::kEqual: return "=";
    case Matcher::Type::kNotEqual: return "!=";
    case Matcher::Type::kRegex: return "=~";
    case Matcher::Type::kNotRegex: return "!~";
  }
  VARVE_CHECK(false);
}

std::string ToString(const Matchers& matchers) {
  std::string out = "{";
  for (const Matcher& matcher : matchers) {
    if (out.size() > 1) out.push_back(',');
    out.append(matcher.ToString());
  }
  out.push_back('}');
  return out;
}

}  // namespace varve
