#include "promql/lexer.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/utf8.h"
#include "model/code_point.h"
#include "promql/lexer_text.h"

namespace varve::promql {

char32_t Lexer::Read() {
  if (pos_ >= query_.size()) {
    width_ = 0;
    return kEnd;
  }
  const std::string_view rest = query_.substr(pos_);
  const size_t length = Utf8SequenceLength(rest);
  width_ = length == 0 ? 1 : length;
  pos_ += width_;
  return length == 0 ? kInvalid : CodePoint(rest.substr(0, length));
}

char32_t Lexer::Peek() {
  const char32_t c = Read();
  Unread();
  return c;
}

bool Lexer::PeekIn(std::string_view set) {
  const char32_t c = Peek();
  return c < 0x80 && set.find(static_cast<char>(c)) != std::string_view::npos;
}

bool Lexer::Accept(std::string_view set) {
  const bool accepted = PeekIn(set);
  if (accepted) Read();
  return accepted;
}

bool Lexer::AcceptIf(char c) { return Accept(std::string_view(&c, 1)); }

Token Lexer::Emit(TokenKind kind) {
  const Token token{kind, static_cast<int>(start_), query_.substr(start_, pos_ - start_)};
  start_ = pos_;
  return token;
}

Token Lexer::Error(std::string message) {
  error_ = std::move(message);
  return {TokenKind::kError, static_cast<int>(start_), error_};
}

void Lexer::SkipSpaces() {
  while (Accept(" \t\n\r")) {
  }
  start_ = pos_;
}

void Lexer::SkipSpacesAndComments() {
  SkipSpaces();
  while (AcceptIf('#')) {
    while (pos_ < query_.size() && query_[pos_] != '\n' && query_[pos_] != '\r') ++pos_;
    SkipSpaces();
  }
}

Token Lexer::Next() {
  if (in_duration_) return NextInBrackets();
  SkipSpacesAndComments();
  return brace_open_ ? NextInBraces() : NextInStatement();
}

Token Lexer::NextInStatement() {
  const char32_t c = Read();
  if (c == kEnd) {
    if (paren_depth_ != 0) return Error("unclosed left parenthesis");
    if (bracket_open_) return Error("unclosed left bracket");
    return Emit(TokenKind::kEof);
  }
  if (IsDigit(c) || (c == '.' && IsDigit(Peek()))) {
    Unread();
    return NumberOrDuration();
  }
  if (IsAlpha(c) || c == ':') {
    if (bracket_open_) return WordInBrackets(c);
    Unread();
    return KeywordOrIdentifier();
  }
  switch (c) {
    case '"':
    case '\'': return QuotedString(c);
    case '`': return RawString();
    case '(': ++paren_depth_; return Emit(TokenKind::kLeftParen);
    case ')': return RightParen(c);
    case '{': brace_open_ = true; return Emit(TokenKind::kLeftBrace);
    case '[': return LeftBracket();
    case ']':
      if (!bracket_open_) return Error(fmt::format("unexpected right bracket {}", QuotedCharacter(c)));
      bracket_open_ = false;
      return Emit(TokenKind::kRightBracket);
    default: return Symbol(c);
  }
}

Token Lexer::Symbol(char32_t c) {
  switch (c) {
    case ',': return Emit(TokenKind::kComma);
    case '*': return Emit(TokenKind::kMul);
    case '/': return Emit(TokenKind::kDiv);
    case '%': return Emit(TokenKind::kMod);
    case '+': return Emit(TokenKind::kAdd);
    case '-': return Emit(TokenKind::kSub);
    case '^': return Emit(TokenKind::kPow);
    case '@': return Emit(TokenKind::kAt);
    case '=':
      if (Peek() == '~') return Error("unexpected character after '=': '~'");
      return Emit(AcceptIf('=') ? TokenKind::kEqual : TokenKind::kAssign);
    case '!':
      if (const char32_t next = Read(); next != '=') {
        return Error(fmt::format("unexpected character after '!': {}", QuotedCharacter(next)));
      }
      return Emit(TokenKind::kNotEqual);
    case '<':
      if (AcceptIf('=')) return Emit(TokenKind::kLessOrEqual);
      return Emit(AcceptIf('/') ? TokenKind::kTrimUpper : TokenKind::kLess);
    case '>':
      if (AcceptIf('=')) return Emit(TokenKind::kGreaterOrEqual);
      return Emit(AcceptIf('/') ? TokenKind::kTrimLower : TokenKind::kGreater);
    default: return Error(fmt::format("unexpected character: {}", QuotedCharacter(c)));
  }
}

Token Lexer::RightParen(char32_t c) {
  const Token token = Emit(TokenKind::kRightParen);
  if (--paren_depth_ < 0) return Error(fmt::format("unexpected right parenthesis {}", QuotedCharacter(c)));
  return token;
}

Token Lexer::LeftBracket() {
  if (bracket_open_) return Error(fmt::format("unexpected left bracket {}", QuotedCharacter('[')));
  const Token token = Emit(TokenKind::kLeftBracket);
  got_colon_ = false;
  bracket_open_ = true;
  in_duration_ = true;
  return token;
}

Token Lexer::WordInBrackets(char32_t c) {
  if (c == ':') {
    if (got_colon_) return Error(fmt::format("unexpected colon {}", QuotedCharacter(c)));
    got_colon_ = true;
    return Emit(TokenKind::kColon);
  }
  if (TokenKind kind; DurationKeyword(kind)) return Emit(kind);
  return Error(fmt::format("unexpected character: {}, expected ':'", QuotedCharacter(c)));
}

Token Lexer::NextInBrackets() {
  SkipSpaces();
  const char32_t c = Read();
  if (IsDigit(c) || (c == '.' && IsDigit(Peek()))) {
    Unread();
    got_duration_ = true;
    in_duration_ = false;
    return NumberOrDuration();
  }
  if (TokenKind kind; DurationKeyword(kind)) return Emit(kind);
  switch (c) {
    case kEnd: return Error("unexpected end of input in duration expression");
    case ']': bracket_open_ = got_colon_ = in_duration_ = false; return Emit(TokenKind::kRightBracket);
    case ':': {
      const Token colon = Emit(TokenKind::kColon);
      if (!got_duration_) return Error("unexpected colon before duration in duration expression");
      if (got_colon_) return Error("unexpected repeated colon in duration expression");
      got_colon_ = true;
      return colon;
    }
    case '(': ++paren_depth_; return Emit(TokenKind::kLeftParen);
    case ')': return RightParen(c);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
    case ',': return Symbol(c);
    default: return Error(fmt::format("unexpected character in duration expression: {}", QuotedCharacter(c)));
  }
}

Token Lexer::NextInBraces() {
  const char32_t c = Read();
  if (IsAlpha(c)) {
    while (IsAlphaNumeric(Peek())) Read();
    return Emit(TokenKind::kIdentifier);
  }
  switch (c) {
    case kEnd: return Error("unexpected end of input inside braces");
    case ',': return Emit(TokenKind::kComma);
    case '"':
    case '\'': return QuotedString(c);
    case '`': return RawString();
    case '=': return Emit(AcceptIf('~') ? TokenKind::kRegexMatch : TokenKind::kAssign);
    case '!': {
      const char32_t next = Read();
      if (next == '~') return Emit(TokenKind::kRegexNotMatch);
      if (next == '=') return Emit(TokenKind::kNotEqual);
      return Error(fmt::format("unexpected character after '!' inside braces: {}", QuotedCharacter(next)));
    }
    case '{': return Error(fmt::format("unexpected left brace {}", QuotedCharacter(c)));
    case '}': brace_open_ = false; return Emit(TokenKind::kRightBrace);
    default: return Error(fmt::format("unexpected character inside braces: {}", QuotedCharacter(c)));
  }
}

// The first letter was read. Leaves the word read even if it is none of the keywords; `kind` is set if it is.
bool Lexer::DurationKeyword(TokenKind& kind) {
  const std::string_view first = query_.substr(start_, pos_ - start_);
  if (first.size() != 1 || std::string_view("srmSRM").find(first[0]) == std::string_view::npos) return false;
  while (IsAlpha(Peek())) Read();
  const std::optional<TokenKind> keyword = FindKeyword(query_.substr(start_, pos_ - start_));
  if (!keyword.has_value() || *keyword < TokenKind::kStep) return false;
  kind = *keyword;
  return true;
}

Token Lexer::KeywordOrIdentifier() {
  while (IsAlphaNumeric(Peek()) || Peek() == ':') Read();
  const std::string_view word = query_.substr(start_, pos_ - start_);
  if (const std::optional<TokenKind> keyword = FindKeyword(word)) {
    // These came late, so they are keywords only where they could not have been metric names before.
    const bool is_fill = *keyword == TokenKind::kFill || *keyword == TokenKind::kFillLeft || *keyword == TokenKind::kFillRight;
    return Emit(is_fill && !ParenFollows() ? TokenKind::kIdentifier : *keyword);
  }
  return Emit(word.find(':') == std::string_view::npos ? TokenKind::kIdentifier : TokenKind::kMetricIdentifier);
}

bool Lexer::ParenFollows() const {
  const size_t next = query_.find_first_not_of(" \t\n\r", pos_);
  return next != std::string_view::npos && query_[next] == '(';
}

}  // namespace varve::promql
