// Arithmetic on durations, inside brackets and after `offset`.
#include "base/status_macros.h"
#include "promql/parser_impl.h"

namespace varve::promql {
namespace {

struct DurationOperator {
  TokenKind token;
  DurationOp op;
  int precedence;
};

constexpr DurationOperator kOperators[] = {
    {TokenKind::kAdd, DurationOp::kAdd, 4}, {TokenKind::kSub, DurationOp::kSub, 4},
    {TokenKind::kMul, DurationOp::kMul, 5}, {TokenKind::kDiv, DurationOp::kDiv, 5},
    {TokenKind::kMod, DurationOp::kMod, 5}, {TokenKind::kPow, DurationOp::kPow, kPowerPrecedence},
};

const DurationOperator* FindOperator(TokenKind token) {
  const auto* found = std::ranges::find(kOperators, token, &DurationOperator::token);
  return found == std::end(kOperators) ? nullptr : found;
}

DurationOp CallOpOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kStep: return DurationOp::kStep;
    case TokenKind::kRange: return DurationOp::kRange;
    case TokenKind::kMinOf: return DurationOp::kMinOf;
    default: return DurationOp::kMaxOf;
  }
}

bool IsCall(TokenKind kind) { return kind >= TokenKind::kStep; }
bool IsSign(TokenKind kind) { return kind == TokenKind::kAdd || kind == TokenKind::kSub; }
bool IsLiteral(TokenKind kind) { return kind == TokenKind::kNumber || kind == TokenKind::kDuration; }

DurationOp SignOpOf(TokenKind kind) { return kind == TokenKind::kSub ? DurationOp::kSub : DurationOp::kAdd; }

// Nanoseconds of it fit 63 bits.
bool IsInRange(double seconds) { return seconds <= 0x1p63 / 1e9 && seconds >= -0x1p63 / 1e9; }

bool IsZero(const Expr& expr) {
  const auto* number = expr.AsIf<NumberLiteral>();
  return number != nullptr && number->value == 0;
}

// Remembers the parentheses around `inner`: a number goes under a unary plus, which is not printed.
std::unique_ptr<DurationExpr> Parenthesized(ExprPtr inner, PositionRange position, int& height) {
  std::unique_ptr<DurationExpr> expr;
  if (inner->kind() == ExprKind::kDuration) {
    expr.reset(&inner.release()->As<DurationExpr>());
  } else {
    expr = std::make_unique<DurationExpr>();
    expr->rhs = std::move(inner);
    expr->start = position.start;
    expr->end = position.end;
    ++height;
  }
  expr->wrapped = true;
  return expr;
}

}  // namespace

// After `offset` a single literal or call stands for itself, so that `foo offset 5m + 1` adds 1 to foo. Arithmetic needs
// parentheses, or two signs in a row.
absl::StatusOr<Subtree> Parser::ParseOffsetDuration() {
  const TokenKind kind = tokens_.Peek().kind;
  if (IsLiteral(kind)) return ParseDurationLiteral(nullptr);
  if (IsSign(kind)) return ParseSignedOffsetDuration(tokens_.Take());
  if (IsCall(kind)) return ParseDurationCall(nullptr);
  if (kind == TokenKind::kLeftParen) return ParseDuration(0);
  return tokens_.Unexpected();
}

absl::StatusOr<Subtree> Parser::ParseSignedOffsetDuration(const Token& sign) {
  const TokenKind kind = tokens_.Peek().kind;
  if (IsLiteral(kind)) return ParseDurationLiteral(&sign);
  if (IsCall(kind)) return ParseDurationCall(&sign);
  if (tokens_.TakeIf(TokenKind::kLeftParen)) {
    VARVE_ASSIGN_OR_RETURN(Subtree inner, ParseDuration(0));
    VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kRightParen));
    const PositionRange position = inner.node->position();
    inner.node = Parenthesized(std::move(inner.node), position, inner.height);
    return ApplySign(sign, std::move(inner));
  }
  VARVE_ASSIGN_OR_RETURN(Subtree operand, ParseDuration(kPowerPrecedence));
  VARVE_ASSIGN_OR_RETURN(operand, ApplySign(sign, std::move(operand)));
  return ContinueDuration(std::move(operand), 0);
}

absl::StatusOr<Subtree> Parser::ParsePositiveDuration() {
  VARVE_ASSIGN_OR_RETURN(Subtree duration, ParseDuration(0));
  if (const auto* number = duration.node->AsIf<NumberLiteral>(); number != nullptr && number->value <= 0) {
    return tokens_.Fail(number->range, "duration must be greater than 0");
  }
  return duration;
}

absl::StatusOr<Subtree> Parser::ParseDuration(int precedence_min) {
  DepthScope depth(*this);
  VARVE_RETURN_IF_ERROR(depth.status());
  VARVE_ASSIGN_OR_RETURN(Subtree lhs, ParseDurationOperand());
  return ContinueDuration(std::move(lhs), precedence_min);
}

absl::StatusOr<Subtree> Parser::ContinueDuration(Subtree lhs, int precedence_min) {
  for (;;) {
    const DurationOperator* const op = FindOperator(tokens_.Peek().kind);
    if (op == nullptr || op->precedence < precedence_min) return lhs;
    const Token token = tokens_.Take();
    const bool right_associative = op->op == DurationOp::kPow;
    VARVE_ASSIGN_OR_RETURN(Subtree rhs, ParseDuration(right_associative ? op->precedence : op->precedence + 1));
    VARVE_ASSIGN_OR_RETURN(lhs, MakeDurationBinary(std::move(lhs), token, std::move(rhs)));
  }
}

absl::StatusOr<Subtree> Parser::MakeDurationBinary(Subtree lhs, const Token& op, Subtree rhs) {
  VARVE_RETURN_IF_ERROR(RequireDurationExpr(*lhs.node));
  if (op.kind == TokenKind::kDiv && IsZero(*rhs.node)) return tokens_.Fail(op.range(), "division by zero");
  if (op.kind == TokenKind::kMod && IsZero(*rhs.node)) return tokens_.Fail(op.range(), "modulo by zero");
  auto expr = std::make_unique<DurationExpr>();
  expr->op = FindOperator(op.kind)->op;
  expr->lhs = std::move(lhs.node);
  expr->rhs = std::move(rhs.node);
  return Grow(std::move(expr), std::max(lhs.height, rhs.height));
}

absl::StatusOr<Subtree> Parser::ParseDurationOperand() {
  const TokenKind kind = tokens_.Peek().kind;
  if (IsLiteral(kind)) return ParseDurationLiteral(nullptr);
  if (IsCall(kind)) return ParseDurationCall(nullptr);
  if (kind == TokenKind::kLeftParen) return ParseDurationParen();
  if (!IsSign(kind)) return tokens_.Unexpected();
  const Token sign = tokens_.Take();
  VARVE_ASSIGN_OR_RETURN(Subtree operand, ParseDuration(kPowerPrecedence));
  return ApplySign(sign, std::move(operand));
}

absl::StatusOr<Subtree> Parser::ApplySign(const Token& sign, Subtree operand) {
  if (auto* number = operand.node->AsIf<NumberLiteral>()) {
    if (sign.kind == TokenKind::kSub) number->value *= -1;
    number->range.start = sign.start;
    return operand;
  }
  if (sign.kind == TokenKind::kAdd) return operand;
  auto negation = std::make_unique<DurationExpr>();
  negation->op = DurationOp::kSub;
  negation->rhs = std::move(operand.node);
  negation->start = sign.start;
  return Grow(std::move(negation), operand.height);
}

absl::StatusOr<Subtree> Parser::ParseDurationLiteral(const Token* sign) {
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<NumberLiteral> number, ParseNumberLiteral());
  if (!IsInRange(number->value) && !std::isnan(number->value)) {
    return tokens_.Fail(sign == nullptr ? number->range : sign->range(), "duration out of range");
  }
  Subtree literal{std::move(number)};
  if (sign == nullptr) return literal;
  return ApplySign(*sign, std::move(literal));
}

absl::StatusOr<Subtree> Parser::ParseDurationParen() {
  const int start = tokens_.Take().start;
  VARVE_ASSIGN_OR_RETURN(Subtree inner, ParseDuration(0));
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kRightParen));
  VARVE_RETURN_IF_ERROR(RequireDurationExpr(*inner.node));
  inner.node = Parenthesized(std::move(inner.node), {start, tokens_.taken_end()}, inner.height);
  return inner;
}

// step(), range(), min_of(a, b), max_of(a, b), after `sign` if there is one.
absl::StatusOr<Subtree> Parser::ParseDurationCall(const Token* sign) {
  const Token name = tokens_.Take();
  auto call = std::make_unique<DurationExpr>();
  call->op = CallOpOf(name.kind);
  call->start = name.start;
  int height = 0;
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kLeftParen));
  if (name.kind == TokenKind::kMinOf || name.kind == TokenKind::kMaxOf) {
    VARVE_ASSIGN_OR_RETURN(Subtree lhs, ParseDuration(0));
    VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kComma));
    VARVE_ASSIGN_OR_RETURN(Subtree rhs, ParseDuration(0));
    height = std::max(lhs.height, rhs.height);
    call->lhs = std::move(lhs.node);
    call->rhs = std::move(rhs.node);
  }
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kRightParen));
  call->end = tokens_.taken_end();
  if (sign != nullptr) {
    auto signed_call = std::make_unique<DurationExpr>();
    signed_call->op = SignOpOf(sign->kind);
    signed_call->start = sign->start;
    signed_call->rhs = std::move(call);
    call = std::move(signed_call);
    ++height;
  }
  VARVE_RETURN_IF_ERROR(RequireDurationExpr(*call));
  return Grow(std::move(call), height);
}

absl::Status Parser::RequireDurationExpr(const Expr& expr) {
  if (options_.enable_duration_expr) return absl::OkStatus();
  return tokens_.Fail(expr.position(), "experimental duration expression is not enabled");
}

}  // namespace varve::promql
