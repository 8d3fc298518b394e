// What follows a selector: [5m], [1h:5m], offset 5m, @ 1609746000, anchored, smoothed.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/status_macros.h"
#include "promql/parser_impl.h"

namespace varve::promql {
namespace {

// The part of `subject` that offset and @ change, with the end of its text; nulls if it takes neither.
struct Shiftable {
  TimeShift* shift = nullptr;
  int* end = nullptr;
};

Shiftable ShiftableOf(Expr& subject) {
  if (auto* selector = subject.AsIf<VectorSelector>()) return {&selector->shift, &selector->range.end};
  if (auto* matrix = subject.AsIf<MatrixSelector>()) return {&matrix->selector->shift, &matrix->end};
  if (auto* subquery = subject.AsIf<SubqueryExpr>()) return {&subquery->shift, &subquery->end};
  return {};
}

bool HasOffset(const TimeShift& shift) { return shift.offset.ns != 0 || shift.offset_expr != nullptr; }
bool HasAt(const TimeShift& shift) { return shift.at.has_value() || shift.at_anchor != TimeShift::Anchor::kNone; }

VectorSelector* SelectorOf(Expr& subject) {
  if (auto* matrix = subject.AsIf<MatrixSelector>()) return matrix->selector.get();
  return subject.AsIf<VectorSelector>();
}

// As Prometheus' %f shows it.
std::string FixedPoint(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return std::isnan(value) ? "NaN" : fmt::format("{:f}", value);
}

// A whole number as an int64_t, or what Go's conversion makes of one that does not fit.
int64_t WrapToInt64(double whole) {
  const bool fits = whole >= -0x1p63 && whole < 0x1p63;
  return fits ? static_cast<int64_t>(whole) : std::numeric_limits<int64_t>::min();
}

}  // namespace

QueryDuration DurationFromSeconds(double seconds) { return {WrapToInt64(std::round(seconds * 1e9))}; }

void AssignDuration(ExprPtr value, QueryDuration& constant, std::unique_ptr<DurationExpr>& expression) {
  if (const auto* number = value->AsIf<NumberLiteral>()) {
    constant = DurationFromSeconds(number->value);
  } else {
    expression.reset(&value.release()->As<DurationExpr>());
  }
}

absl::StatusOr<Subtree> Parser::ParseModifiers(Subtree subject) {
  for (;;) {
    switch (const TokenKind kind = tokens_.Peek().kind) {
      case TokenKind::kLeftBracket: {
        VARVE_ASSIGN_OR_RETURN(subject, ParseBrackets(std::move(subject)));
        break;
      }
      case TokenKind::kOffset: VARVE_RETURN_IF_ERROR(ParseOffset(subject)); break;
      case TokenKind::kAt: VARVE_RETURN_IF_ERROR(ParseAt(*subject.node)); break;
      case TokenKind::kAnchored:
      case TokenKind::kSmoothed:
        tokens_.Take();
        VARVE_RETURN_IF_ERROR(SetExtendedRange(*subject.node, kind));
        break;
      default: return subject;
    }
  }
}

absl::StatusOr<Subtree> Parser::ParseBrackets(Subtree subject) {
  const Token open = tokens_.Take();
  ExpectationScope expectation(tokens_, {"subquery or range selector", "number, duration, step(), or range()"});
  VARVE_ASSIGN_OR_RETURN(Subtree length, ParsePositiveDuration());
  expectation.Change({"subquery or range", "\":\" or \"]\""});
  if (tokens_.TakeIf(TokenKind::kRightBracket)) {
    return MakeRangeSelector(std::move(subject), std::move(length), {open.start, tokens_.taken_end()});
  }
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kColon));
  expectation.Change({"subquery selector", "number, duration, step(), range(), or \"]\""});
  std::optional<Subtree> step;
  if (tokens_.Peek().kind != TokenKind::kRightBracket) {
    VARVE_ASSIGN_OR_RETURN(step, ParsePositiveDuration());
    expectation.Change({"subquery selector", "\"]\""});
  }
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kRightBracket));
  return MakeSubquery(std::move(subject), std::move(length), std::move(step));
}

absl::StatusOr<Subtree> Parser::MakeRangeSelector(Subtree subject, Subtree length, PositionRange brackets) {
  auto* const selector = subject.node->AsIf<VectorSelector>();
  if (selector == nullptr) return tokens_.Fail(brackets, "ranges only allowed for vector selectors");
  if (HasOffset(selector->shift)) return tokens_.Fail(brackets, "no offset modifiers allowed before range");
  if (HasAt(selector->shift)) return tokens_.Fail(brackets, "no @ modifiers allowed before range");
  auto matrix = std::make_unique<MatrixSelector>();
  subject.node.release();
  matrix->selector.reset(selector);
  matrix->end = tokens_.taken_end();
  AssignDuration(std::move(length.node), matrix->length, matrix->length_expr);
  return Grow(std::move(matrix), std::max(subject.height, length.height));
}

absl::StatusOr<Subtree> Parser::MakeSubquery(Subtree subject, Subtree length, std::optional<Subtree> step) {
  auto subquery = std::make_unique<SubqueryExpr>();
  int height = std::max(subject.height, length.height);
  subquery->expr = std::move(subject.node);
  subquery->end = tokens_.taken_end();
  AssignDuration(std::move(length.node), subquery->length, subquery->length_expr);
  if (step.has_value()) {
    height = std::max(height, step->height);
    AssignDuration(std::move(step->node), subquery->step, subquery->step_expr);
  }
  return Grow(std::move(subquery), height);
}

absl::Status Parser::ParseOffset(Subtree& subject) {
  tokens_.Take();
  ExpectationScope expectation(tokens_, {"offset", "number, duration, step(), or range()"});
  VARVE_ASSIGN_OR_RETURN(Subtree offset, ParseOffsetDuration());
  const Shiftable target = ShiftableOf(*subject.node);
  if (target.shift == nullptr) {
    return tokens_.Fail(subject.node->position(),
                        "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery");
  }
  if (HasOffset(*target.shift)) return tokens_.Fail(subject.node->position(), "offset may not be set multiple times");
  AssignDuration(std::move(offset.node), target.shift->offset, target.shift->offset_expr);
  *target.end = tokens_.taken_end();
  subject.height = std::max(subject.height, offset.height + 1);
  return absl::OkStatus();
}

absl::Status Parser::ParseAt(Expr& subject) {
  tokens_.Take();
  ExpectationScope expectation(tokens_, {"@", "timestamp"});
  TokenKind kind = tokens_.Peek().kind;
  if (kind == TokenKind::kStart || kind == TokenKind::kEnd) {
    tokens_.Take();
    VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kLeftParen));
    VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kRightParen));
    VARVE_ASSIGN_OR_RETURN(TimeShift* const shift, FreeAtOf(subject));
    shift->at_anchor = kind == TokenKind::kStart ? TimeShift::Anchor::kStart : TimeShift::Anchor::kEnd;
  } else {
    const bool negative = kind == TokenKind::kSub;
    if (negative || kind == TokenKind::kAdd) tokens_.Take();
    kind = tokens_.Peek().kind;
    if (kind != TokenKind::kNumber && kind != TokenKind::kDuration) return tokens_.Unexpected();
    VARVE_ASSIGN_OR_RETURN(const std::unique_ptr<NumberLiteral> number, ParseNumberLiteral());
    VARVE_RETURN_IF_ERROR(SetTimestamp(subject, negative ? -number->value : number->value));
  }
  *ShiftableOf(subject).end = tokens_.taken_end();
  return absl::OkStatus();
}

absl::Status Parser::SetTimestamp(Expr& subject, double seconds) {
  if (!(seconds > -0x1p63 && seconds < 0x1p63)) {
    return tokens_.Fail(subject.position(), "timestamp out of bounds for @ modifier: " + FixedPoint(seconds));
  }
  VARVE_ASSIGN_OR_RETURN(TimeShift* const shift, FreeAtOf(subject));
  shift->at = WrapToInt64(std::round(seconds * 1000));
  return absl::OkStatus();
}

absl::StatusOr<TimeShift*> Parser::FreeAtOf(Expr& subject) {
  TimeShift* const shift = ShiftableOf(subject).shift;
  if (shift == nullptr) {
    return tokens_.Fail(subject.position(),
                        "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery");
  }
  if (HasAt(*shift)) return tokens_.Fail(subject.position(), "@ <timestamp> may not be set multiple times");
  return shift;
}

absl::Status Parser::SetExtendedRange(Expr& subject, TokenKind modifier) {
  const std::string_view name = modifier == TokenKind::kAnchored ? "anchored" : "smoothed";
  const auto fail = [&](std::string_view why) {
    return tokens_.Fail(subject.position(), fmt::format("{} modifier {}", name, why));
  };
  if (!options_.enable_extended_range_selectors) return fail("is experimental and not enabled");
  if (subject.kind() == ExprKind::kSubquery) return fail("is not supported for subqueries");
  VectorSelector* const selector = SelectorOf(subject);
  if (selector == nullptr) return fail("not implemented");
  (modifier == TokenKind::kAnchored ? selector->anchored : selector->smoothed) = true;
  if (selector->anchored && selector->smoothed) {
    return tokens_.Fail(subject.position(), "anchored and smoothed modifiers cannot be used together");
  }
  return absl::OkStatus();
}

}  // namespace varve::promql
