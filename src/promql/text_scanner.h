// A cursor over a short text, for the small languages around PromQL that need no tokens.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

#include "base/errors.h"
#include "promql/lexer_text.h"
#include "promql/position.h"

namespace varve::promql {

class TextScanner {
 public:
  explicit TextScanner(std::string_view text, size_t at = 0) : text_(text), at_(at) {}

  bool done() const { return at_ >= text_.size(); }
  size_t at() const { return at_; }
  char Peek() const { return done() ? '\0' : text_[at_]; }
  bool TakeIf(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }
  template <typename Predicate>
  std::string_view TakeWhile(const Predicate& predicate) {
    const size_t start = at_;
    while (!done() && predicate(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  bool TakeSpaces() {
    return !TakeWhile([](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }).empty();
  }
  std::string_view TakeWord() {
    return TakeWhile([](char c) { return IsAlpha(static_cast<unsigned char>(c)); });
  }
  std::string_view TakeDigits() {
    return TakeWhile([](char c) { return IsDigit(static_cast<unsigned char>(c)); });
  }

  template <typename... Args>
  absl::Status Fail(fmt::format_string<Args...> format, Args&&... args) const {
    const int at = static_cast<int>(at_);
    return InvalidArgument("{}: parse error: {}", LineAndColumn({at, at}, text_),
                           fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::string_view text_;
  size_t at_;
};

}  // namespace varve::promql
