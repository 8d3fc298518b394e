// What stands between a binary operator and its right side, and lists of label names.
#include <fmt/format.h>

#include "base/status_macros.h"
#include "model/names.h"
#include "model/quote.h"
#include "promql/parser_impl.h"

namespace varve::promql {

// [bool] [on|ignoring (...) [group_left|group_right [(...)]]] [fill...]
absl::StatusOr<std::unique_ptr<BinaryExpr>> Parser::ParseBinaryModifiers() {
  auto binary = std::make_unique<BinaryExpr>();
  VectorMatching& matching = binary->matching.emplace();
  binary->return_bool = tokens_.TakeIf(TokenKind::kBool);
  const TokenKind kind = tokens_.Peek().kind;
  if (kind == TokenKind::kOn || kind == TokenKind::kIgnoring) {
    tokens_.Take();
    matching.on = kind == TokenKind::kOn;
    VARVE_ASSIGN_OR_RETURN(matching.labels, ParseGroupingLabels());
    VARVE_RETURN_IF_ERROR(ParseGroupSide(matching));
  }
  VARVE_RETURN_IF_ERROR(ParseFillModifiers(matching));
  return binary;
}

absl::Status Parser::ParseGroupSide(VectorMatching& matching) {
  const TokenKind side = tokens_.Peek().kind;
  if (side != TokenKind::kGroupLeft && side != TokenKind::kGroupRight) return absl::OkStatus();
  tokens_.Take();
  matching.cardinality =
      side == TokenKind::kGroupLeft ? VectorMatching::Cardinality::kManyToOne : VectorMatching::Cardinality::kOneToMany;
  const TokenKind next = tokens_.Peek().kind;
  if (next != TokenKind::kLeftParen && CanStartExpr(next)) return absl::OkStatus();
  VARVE_ASSIGN_OR_RETURN(matching.include, ParseGroupingLabels());
  return absl::OkStatus();
}

absl::Status Parser::ParseFillModifiers(VectorMatching& matching) {
  const TokenKind first = tokens_.Peek().kind;
  if (first == TokenKind::kFill) {
    tokens_.Take();
    VARVE_ASSIGN_OR_RETURN(const double value, ParseFillValue());
    matching.fill_lhs = matching.fill_rhs = value;
    return absl::OkStatus();
  }
  // One side, or both in either order.
  for (int i = 0; i < 2; ++i) {
    const bool is_left = tokens_.Peek().kind == TokenKind::kFillLeft;
    if (!is_left && tokens_.Peek().kind != TokenKind::kFillRight) break;
    std::optional<double>& side = is_left ? matching.fill_lhs : matching.fill_rhs;
    if (side.has_value()) break;
    tokens_.Take();
    VARVE_ASSIGN_OR_RETURN(side, ParseFillValue());
  }
  return absl::OkStatus();
}

absl::StatusOr<double> Parser::ParseFillValue() {
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kLeftParen));
  const bool negative = tokens_.TakeIf(TokenKind::kSub);
  if (!negative) tokens_.TakeIf(TokenKind::kAdd);
  const TokenKind kind = tokens_.Peek().kind;
  if (kind != TokenKind::kNumber && kind != TokenKind::kDuration) return tokens_.Unexpected();
  VARVE_ASSIGN_OR_RETURN(const std::unique_ptr<NumberLiteral> number, ParseNumberLiteral());
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kRightParen));
  return negative ? -number->value : number->value;
}

absl::StatusOr<std::vector<std::string>> Parser::ParseGroupingLabels() {
  ExpectationScope expectation(tokens_, {"grouping opts", "\"(\""});
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kLeftParen));
  std::vector<std::string> labels;
  for (;;) {
    expectation.Change({"grouping opts", "label"});
    if (tokens_.TakeIf(TokenKind::kRightParen)) return labels;
    VARVE_ASSIGN_OR_RETURN(std::string label, ParseGroupingLabel());
    labels.push_back(std::move(label));
    expectation.Change({"grouping opts", "\",\" or \")\""});
    if (tokens_.TakeIf(TokenKind::kRightParen)) return labels;
    VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kComma));
  }
}

absl::StatusOr<std::string> Parser::ParseGroupingLabel() {
  const TokenKind kind = tokens_.Peek().kind;
  if (kind != TokenKind::kString && !CanBeLabelName(kind)) return tokens_.Unexpected();
  const Token token = tokens_.Take();
  std::string label(token.text);
  if (kind == TokenKind::kString) {
    VARVE_ASSIGN_OR_RETURN(label, UnquoteToken(token));
  }
  if (!IsValidLabelName(label)) {
    return tokens_.Fail(token.range(), fmt::format("invalid label name for grouping: {}", Quoted(label)));
  }
  return label;
}

}  // namespace varve::promql
