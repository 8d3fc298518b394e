#include "promql/lexer.h"

#include <gtest/gtest.h>

#include <vector>

namespace varve::promql {
namespace {

using enum TokenKind;

std::vector<TokenKind> Kinds(std::string_view query) {
  Lexer lexer(query);
  std::vector<TokenKind> kinds;
  do {
    kinds.push_back(lexer.Next().kind);
  } while (kinds.back() != kEof && kinds.back() != kError);
  return kinds;
}

struct LexError {
  std::string message;
  int start;
};

LexError ErrorOf(std::string_view query) {
  Lexer lexer(query);
  for (;;) {
    const Token token = lexer.Next();
    if (token.kind == kEof) return {"none", 0};
    if (token.kind == kError) return {std::string(token.text), token.start};
  }
}

TEST(LexerTest, TellsTokensApart) {
  const std::pair<std::string_view, std::vector<TokenKind>> cases[] = {
      {"", {kEof}},
      {" \t\n # only a comment", {kEof}},
      {"5 5m 0x1f .5 inf nan", {kNumber, kDuration, kNumber, kNumber, kNumber, kNumber, kEof}},
      {"a a:b :c _", {kIdentifier, kMetricIdentifier, kMetricIdentifier, kIdentifier, kEof}},
      {"SUM By OFFSET Or", {kSum, kBy, kOffset, kOr, kEof}},
      {"{sum=\"a\", by!~'b'}",
       {kLeftBrace, kIdentifier, kAssign, kString, kComma, kIdentifier, kRegexNotMatch, kString, kRightBrace, kEof}},
      {"= == != < <= </ > >= >/",
       {kAssign, kEqual, kNotEqual, kLess, kLessOrEqual, kTrimUpper, kGreater, kGreaterOrEqual, kTrimLower, kEof}},
      {"a[5m:1m]", {kIdentifier, kLeftBracket, kDuration, kColon, kDuration, kRightBracket, kEof}},
      {"a[ step() * 2 : ]",
       {kIdentifier, kLeftBracket, kStep, kLeftParen, kRightParen, kMul, kNumber, kColon, kRightBracket, kEof}},
      {"fill + fill(1)", {kIdentifier, kAdd, kFill, kLeftParen, kNumber, kRightParen, kEof}},
      {"a # b\n+ `c\n`", {kIdentifier, kAdd, kString, kEof}},
  };
  for (const auto& [query, kinds] : cases) EXPECT_EQ(Kinds(query), kinds) << query;
}

TEST(LexerTest, NamesWhatItCannotRead) {
  struct Case {
    std::string_view query, message;
    int start;
  };
  const Case cases[] = {
      {"a $", "unexpected character: '$'", 2},
      {"a \xff", "unexpected character: '\uFFFD'", 2},
      {"a \u200b", "unexpected character: '\\u200b'", 2},
      {"a =~ b", "unexpected character after '=': '~'", 2},
      {"a !", "unexpected character after '!': '\uFFFD'", 2},
      {"(a", "unclosed left parenthesis", 2},
      {"a)", "unexpected right parenthesis ')'", 2},
      {"a]", "unexpected right bracket ']'", 1},
      {"a[5m", "unclosed left bracket", 4},
      {"a[", "unexpected end of input in duration expression", 2},
      {"a[5m[", "unexpected left bracket '['", 4},
      {"a[5m x]", "unexpected character: 'x', expected ':'", 5},
      {"a[x]", "unexpected character in duration expression: 'x'", 2},
      {"a[:5m]", "unexpected colon before duration in duration expression", 3},
      {"a[5m:1m:]", "unexpected colon ':'", 7},
      {"a{", "unexpected end of input inside braces", 2},
      {"a{{", "unexpected left brace '{'", 2},
      {"a{b!c}", "unexpected character after '!' inside braces: 'c'", 3},
      {"a{1}", "unexpected character inside braces: '1'", 2},
      {"'a", "unterminated quoted string", 0},
      {"`a", "unterminated raw string", 0},
      {"\"\xff\"", "invalid UTF-8 rune", 0},
      {R"("\q")", "unknown escape sequence U+0071 'q'", 0},
      {R"("\xg0")", "illegal character U+0067 'g' in escape sequence", 0},
      {R"("\)", "escape sequence not terminated", 0},
      {R"("\ud800")", "escape sequence is an invalid Unicode code point", 0},
      {"5mm", "bad number or duration syntax: \"5mm\"", 0},
      {"1_", "bad number or duration syntax: \"1_\"", 0},
      {"1.2.3", "bad number or duration syntax: \"1.2.\"", 0},
  };
  for (const Case& c : cases) {
    const LexError error = ErrorOf(c.query);
    EXPECT_EQ(error.message, c.message) << c.query;
    EXPECT_EQ(error.start, c.start) << c.query;
  }
}

TEST(TokenTest, IsDescribedInMessages) {
  const auto describe = [](std::string_view query) {
    Lexer lexer(query);
    return Describe(lexer.Next());
  };
  EXPECT_EQ(describe(""), "end of input");
  EXPECT_EQ(describe("abcdefghijklmnop"), "identifier \"abcdefghijklmnop\"");
  EXPECT_EQ(describe("a:b"), "metric identifier \"a:b\"");
  EXPECT_EQ(describe("ON"), "<ON>");
  EXPECT_EQ(describe("avg"), "<aggr:avg>");
  EXPECT_EQ(describe("unless"), "<op:unless>");
  EXPECT_EQ(describe("start"), "\"start\"");
  EXPECT_EQ(describe("("), "\"(\"");
  EXPECT_EQ(describe("0.12345678901"), "number \"0.12345678\"...");
  EXPECT_EQ(describe("'0123456789'"), "string \"'012345678\"...");
}

}  // namespace
}  // namespace varve::promql
