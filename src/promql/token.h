// The words of PromQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "promql/position.h"

namespace varve::promql {

// clang-format off
enum class TokenKind : uint8_t {
  kError,  // text is the message
  kEof,
  kIdentifier,        // letters, digits, underscores
  kMetricIdentifier,  // with colons
  kNumber,
  kDuration,
  kString,  // with its quotes
  kLeftParen, kRightParen, kLeftBrace, kRightBrace, kLeftBracket, kRightBracket,
  kComma, kColon, kAssign,  // kAssign is a single =
  // Operators.
  kAdd, kDiv, kEqual, kRegexMatch, kGreaterOrEqual, kGreater, kTrimUpper, kTrimLower, kAnd, kOr, kLess, kLessOrEqual, kUnless,
  kMod, kMul, kNotEqual, kRegexNotMatch, kPow, kSub, kAt, kAtan2,
  // Aggregations, in the order of AggregateOp.
  kAvg, kBottomk, kCount, kCountValues, kGroup, kMax, kMin, kQuantile, kStddev, kStdvar, kSum, kTopk, kLimitk, kLimitRatio,
  // Keywords.
  kBool, kBy, kGroupLeft, kGroupRight, kFill, kFillLeft, kFillRight, kIgnoring, kOffset, kSmoothed, kAnchored, kOn, kWithout,
  // Values that depend on the evaluation: start(), step(), ...
  kStart, kEnd, kStep, kRange, kMaxOf, kMinOf,
};
// clang-format on

struct Token {
  TokenKind kind = TokenKind::kEof;
  int start = 0;          // bytes from the start of the query
  std::string_view text;  // of the query, which outlives the token; for kError of the lexer

  PositionRange range() const { return {start, start + static_cast<int>(text.size())}; }
};

inline bool IsOperator(TokenKind kind) { return kind >= TokenKind::kAdd && kind <= TokenKind::kAtan2; }
inline bool IsAggregation(TokenKind kind) { return kind >= TokenKind::kAvg && kind <= TokenKind::kLimitRatio; }
inline bool IsKeyword(TokenKind kind) { return kind >= TokenKind::kBool && kind <= TokenKind::kWithout; }
bool CanBeMetricName(TokenKind kind);  // without quotes: avg, by, offset, but not bool, on
bool CanBeLabelName(TokenKind kind);   // inside by (...): nearly all words
bool CanStartExpr(TokenKind kind);

// The kind of a word that has a meaning of its own; case does not matter. Inf and NaN are numbers.
std::optional<TokenKind> FindKeyword(std::string_view word);

// As error messages name a token: `identifier "foo"`, `<op:+>`, `end of input`.
std::string Describe(const Token& token);

}  // namespace varve::promql
