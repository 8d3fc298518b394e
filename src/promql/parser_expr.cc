// Operators, calls and aggregations.
#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/function_signatures.h"
#include "promql/literals.h"
#include "promql/parser_impl.h"

namespace varve::promql {
namespace {

struct BinaryOperator {
  TokenKind token;
  BinaryOp op;
  int precedence;  // higher binds tighter
};

constexpr BinaryOperator kBinaryOperators[] = {
    {TokenKind::kOr, BinaryOp::kOr, 1},
    {TokenKind::kAnd, BinaryOp::kAnd, 2},
    {TokenKind::kUnless, BinaryOp::kUnless, 2},
    {TokenKind::kEqual, BinaryOp::kEqual, 3},
    {TokenKind::kNotEqual, BinaryOp::kNotEqual, 3},
    {TokenKind::kGreater, BinaryOp::kGreater, 3},
    {TokenKind::kGreaterOrEqual, BinaryOp::kGreaterOrEqual, 3},
    {TokenKind::kLess, BinaryOp::kLess, 3},
    {TokenKind::kLessOrEqual, BinaryOp::kLessOrEqual, 3},
    {TokenKind::kTrimUpper, BinaryOp::kTrimUpper, 3},
    {TokenKind::kTrimLower, BinaryOp::kTrimLower, 3},
    {TokenKind::kAdd, BinaryOp::kAdd, 4},
    {TokenKind::kSub, BinaryOp::kSub, 4},
    {TokenKind::kMul, BinaryOp::kMul, 5},
    {TokenKind::kDiv, BinaryOp::kDiv, 5},
    {TokenKind::kMod, BinaryOp::kMod, 5},
    {TokenKind::kAtan2, BinaryOp::kAtan2, 5},
    {TokenKind::kPow, BinaryOp::kPow, kPowerPrecedence},
};

const BinaryOperator* FindBinaryOperator(TokenKind token) {
  const auto* found = std::ranges::find(kBinaryOperators, token, &BinaryOperator::token);
  return found == std::end(kBinaryOperators) ? nullptr : found;
}

AggregateOp AggregateOpOf(TokenKind kind) {
  return static_cast<AggregateOp>(static_cast<int>(kind) - static_cast<int>(TokenKind::kAvg));
}

int MaxHeight(const std::vector<Subtree>& children) {
  int height = 0;
  for (const Subtree& child : children) height = std::max(height, child.height);
  return height;
}

}  // namespace

absl::StatusOr<Subtree> Parser::ParseExpr(int precedence_min) {
  DepthScope depth(*this);
  VARVE_RETURN_IF_ERROR(depth.status());
  VARVE_ASSIGN_OR_RETURN(Subtree lhs, ParseOperand());
  for (;;) {
    const BinaryOperator* const op = FindBinaryOperator(tokens_.Peek().kind);
    if (op == nullptr || op->precedence < precedence_min) return lhs;
    tokens_.Take();
    VARVE_ASSIGN_OR_RETURN(std::unique_ptr<BinaryExpr> binary, ParseBinaryModifiers());
    const bool right_associative = op->op == BinaryOp::kPow;
    VARVE_ASSIGN_OR_RETURN(Subtree rhs, ParseExpr(right_associative ? op->precedence : op->precedence + 1));
    const int height = std::max(lhs.height, rhs.height);
    binary->op = op->op;
    binary->lhs = std::move(lhs.node);
    binary->rhs = std::move(rhs.node);
    const bool fills = binary->matching->fill_lhs.has_value() || binary->matching->fill_rhs.has_value();
    if (fills && !options_.enable_binop_fill_modifiers) {
      return tokens_.Fail(binary->position(), "binop fill modifiers are experimental and not enabled");
    }
    VARVE_ASSIGN_OR_RETURN(lhs, Grow(std::move(binary), height));
  }
}

absl::StatusOr<Subtree> Parser::ParseOperand() {
  const TokenKind kind = tokens_.Peek().kind;
  if (kind == TokenKind::kAdd || kind == TokenKind::kSub) return ParseUnary();
  VARVE_ASSIGN_OR_RETURN(Subtree subject, ParsePrimary());
  return ParseModifiers(std::move(subject));
}

absl::StatusOr<Subtree> Parser::ParseUnary() {
  const Token sign = tokens_.Take();
  VARVE_ASSIGN_OR_RETURN(Subtree operand, ParseExpr(kPowerPrecedence));
  if (auto* number = operand.node->AsIf<NumberLiteral>()) {
    if (sign.kind == TokenKind::kSub) number->value *= -1;
    number->range.start = sign.start;
    return operand;
  }
  auto unary = std::make_unique<UnaryExpr>();
  unary->op = sign.kind == TokenKind::kSub ? UnaryOp::kMinus : UnaryOp::kPlus;
  unary->start = sign.start;
  unary->expr = std::move(operand.node);
  return Grow(std::move(unary), operand.height);
}

absl::StatusOr<Subtree> Parser::ParsePrimary() {
  switch (tokens_.Peek().kind) {
    case TokenKind::kNumber:
    case TokenKind::kDuration: {
      VARVE_ASSIGN_OR_RETURN(auto number, ParseNumberLiteral());
      return Subtree{std::move(number)};
    }
    case TokenKind::kString: {
      VARVE_ASSIGN_OR_RETURN(auto text, ParseStringLiteral());
      return Subtree{std::move(text)};
    }
    case TokenKind::kLeftBrace: {
      VARVE_ASSIGN_OR_RETURN(auto selector, ParseVectorSelector());
      return Subtree{std::move(selector)};
    }
    case TokenKind::kLeftParen: return ParseParen();
    default: return ParseWord();
  }
}

absl::StatusOr<Subtree> Parser::ParseParen() {
  auto paren = std::make_unique<ParenExpr>();
  paren->range.start = tokens_.Take().start;
  VARVE_ASSIGN_OR_RETURN(Subtree inner, ParseExpr(0));
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kRightParen));
  paren->range.end = tokens_.taken_end();
  paren->expr = std::move(inner.node);
  return Grow(std::move(paren), inner.height);
}

// A word is an aggregation or a function if what follows says so, else the name of a metric.
absl::StatusOr<Subtree> Parser::ParseWord() {
  if (!CanBeMetricName(tokens_.Peek().kind)) return tokens_.Unexpected();
  const Token word = tokens_.Take();
  const TokenKind next = tokens_.Peek().kind;
  if (IsAggregation(word.kind)) {
    if (next == TokenKind::kLeftParen || next == TokenKind::kBy || next == TokenKind::kWithout) return ParseAggregate(word);
  } else if (next == TokenKind::kLeftParen && (word.kind == TokenKind::kIdentifier || word.kind >= TokenKind::kStart)) {
    return ParseCall(word);
  }
  VARVE_ASSIGN_OR_RETURN(auto selector, ParseVectorSelector(word));
  return Subtree{std::move(selector)};
}

absl::StatusOr<Subtree> Parser::ParseCall(const Token& name) {
  auto call = std::make_unique<Call>();
  call->range.start = name.start;
  VARVE_ASSIGN_OR_RETURN(std::vector<Subtree> args, ParseArguments());
  call->range.end = tokens_.taken_end();
  call->function = FindFunction(name.text);
  if (call->function == nullptr) {
    return tokens_.Fail(name.range(), fmt::format("unknown function with name \"{}\"", name.text));
  }
  if (call->function->experimental && !options_.enable_experimental_functions) {
    return tokens_.Fail(name.range(), fmt::format("function \"{}\" is not enabled", name.text));
  }
  for (Subtree& arg : args) call->args.push_back(std::move(arg.node));
  return Grow(std::move(call), MaxHeight(args));
}

absl::StatusOr<std::vector<Subtree>> Parser::ParseArguments() {
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kLeftParen));
  std::vector<Subtree> args;
  if (tokens_.TakeIf(TokenKind::kRightParen)) return args;
  for (;;) {
    VARVE_ASSIGN_OR_RETURN(Subtree arg, ParseExpr(0));
    args.push_back(std::move(arg));
    if (tokens_.TakeIf(TokenKind::kRightParen)) return args;
    const Token comma = tokens_.Peek();
    VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kComma));
    if (!CanStartExpr(tokens_.Peek().kind)) {
      return tokens_.Fail(comma.range(), "trailing commas not allowed in function call args");
    }
  }
}

absl::StatusOr<Subtree> Parser::ParseAggregate(const Token& op) {
  ExpectationScope expectation(tokens_, {"aggregation", ""});
  auto aggregate = std::make_unique<AggregateExpr>();
  aggregate->op = AggregateOpOf(op.kind);
  aggregate->range.start = op.start;
  const auto parse_grouping = [&]() -> absl::Status {
    aggregate->without = tokens_.Peek().kind == TokenKind::kWithout;
    tokens_.Take();
    VARVE_ASSIGN_OR_RETURN(aggregate->grouping, ParseGroupingLabels());
    return absl::OkStatus();
  };
  const auto is_grouping = [](TokenKind kind) { return kind == TokenKind::kBy || kind == TokenKind::kWithout; };
  const bool grouping_first = is_grouping(tokens_.Peek().kind);
  if (grouping_first) VARVE_RETURN_IF_ERROR(parse_grouping());
  VARVE_ASSIGN_OR_RETURN(std::vector<Subtree> args, ParseArguments());
  if (!grouping_first && is_grouping(tokens_.Peek().kind)) VARVE_RETURN_IF_ERROR(parse_grouping());
  aggregate->range.end = tokens_.taken_end();
  return MakeAggregate(std::move(aggregate), std::move(args));
}

absl::StatusOr<Subtree> Parser::MakeAggregate(std::unique_ptr<AggregateExpr> aggregate, std::vector<Subtree> args) {
  const AggregateOp op = aggregate->op;
  if (args.empty()) return tokens_.Fail(aggregate->range, "no arguments for aggregate expression provided");
  const bool experimental = op == AggregateOp::kLimitk || op == AggregateOp::kLimitRatio;
  if (experimental && !options_.enable_experimental_functions) {
    return tokens_.Fail(
        aggregate->range,
        fmt::format("{}() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
                    ToString(op)));
  }
  const size_t wanted = HasParameter(op) ? 2 : 1;
  if (args.size() != wanted) {
    return tokens_.Fail(
        aggregate->range,
        fmt::format("wrong number of arguments for aggregate expression provided, expected {}, got {}", wanted, args.size()));
  }
  aggregate->expr = std::move(args.back().node);
  if (wanted == 2) aggregate->param = std::move(args.front().node);
  return Grow(std::move(aggregate), MaxHeight(args));
}

absl::StatusOr<std::unique_ptr<NumberLiteral>> Parser::ParseNumberLiteral() {
  auto number = std::make_unique<NumberLiteral>();
  const Token token = tokens_.Take();
  number->range = token.range();
  if (token.kind == TokenKind::kNumber) {
    const absl::StatusOr<double> value = ParseNumber(token.text);
    if (!value.ok()) return tokens_.Fail(token.range(), fmt::format("error parsing number: {}", Message(value.status())));
    number->value = *value;
  } else {
    const absl::StatusOr<int64_t> ms = promql::ParseDuration(token.text);
    if (!ms.ok()) return tokens_.Fail(token.range(), std::string(Message(ms.status())));
    number->is_duration = true;
    number->value = static_cast<double>(*ms / 1000) + static_cast<double>(*ms % 1000 * 1'000'000) / 1e9;
  }
  return number;
}

absl::StatusOr<std::unique_ptr<StringLiteral>> Parser::ParseStringLiteral() {
  auto literal = std::make_unique<StringLiteral>();
  const Token token = tokens_.Take();
  literal->range = token.range();
  VARVE_ASSIGN_OR_RETURN(literal->value, UnquoteToken(token));
  return literal;
}

}  // namespace varve::promql
