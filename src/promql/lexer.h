// Cuts a query into tokens.
//
// Shape    what a character means depends on where it stands: a colon is part of a name, but inside brackets it starts the step
//          of a subquery; inside braces keywords are plain names. Spaces and comments are skipped.
// Errors   a token of kind kError whose text is the message and whose start is the place; there is nothing to read after it.
// Source   prometheus promql/parser/lex.go; messages and positions are the same.
#pragma once

#include <string>
#include <string_view>

#include "promql/token.h"

namespace varve::promql {

class Lexer {
 public:
  explicit Lexer(std::string_view query) : query_(query) {}

  Token Next();  // kEof for ever once the query is used up
  std::string_view query() const { return query_; }

 private:
  static constexpr char32_t kEnd = 0xffffffff;
  static constexpr char32_t kInvalid = 0xfffd;  // a byte that is not UTF-8 reads as U+FFFD

  // Characters.
  char32_t Read();                   // moves on by one character
  char32_t Peek();                   //
  void Unread() { pos_ -= width_; }  // undoes the last Read
  bool PeekIn(std::string_view set);
  bool Accept(std::string_view set);  // moves on if the next character is in `set`
  bool AcceptIf(char c);

  // Tokens. The text of the current one runs from start_ to pos_.
  Token Emit(TokenKind kind);
  Token Error(std::string message);
  void SkipSpaces();
  void SkipSpacesAndComments();

  Token NextInStatement();
  Token NextInBraces();
  Token NextInBrackets();  // until a number ends the first part of a duration expression
  Token Symbol(char32_t c);
  Token WordInBrackets(char32_t c);
  Token KeywordOrIdentifier();
  Token QuotedString(char32_t quote);
  Token RawString();
  Token NumberOrDuration();
  Token LeftBracket();
  Token RightParen(char32_t c);
  bool DurationKeyword(TokenKind& kind);
  bool Escape(char32_t quote, std::string& error);
  bool ScanNumber();
  bool ScanNumberBody(std::string_view digits);
  bool ScanRestOfDuration();
  bool ParenFollows() const;

  std::string_view query_;
  size_t pos_ = 0;    // next character
  size_t start_ = 0;  // of the current token
  size_t width_ = 0;  // of the character read last
  int paren_depth_ = 0;
  bool brace_open_ = false;
  bool bracket_open_ = false;
  bool in_duration_ = false;  // right after [, where only duration expressions can stand
  bool got_colon_ = false;
  bool got_duration_ = false;  // in any bracket so far
  std::string error_;
};

}  // namespace varve::promql
