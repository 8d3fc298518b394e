// The recursive descent behind parser.h; nothing else includes this.
//
// Shape    precedence climbing over binary operators; offset, @, brackets, anchored and smoothed bind to what stands right before
//          them. The order in which tokens are looked at and mistakes are noticed is that of Prometheus' generated parser, which
//          decides the error a user sees.
// Errors   every function fails with TokenStream's first error.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "promql/parser.h"
#include "promql/token_stream.h"

namespace varve::promql {

// A piece of the tree with its number of levels.
template <typename Node>
struct Sized {
  std::unique_ptr<Node> node;
  int height = 1;
};
using Subtree = Sized<Expr>;

class Parser {
 public:
  Parser(std::string_view query, const ParserOptions& options) : tokens_(query), options_(options) {}

  absl::StatusOr<ExprPtr> ParseQuery();
  absl::StatusOr<Matchers> ParseSelector();
  absl::StatusOr<Labels> ParseLabels();

  TokenStream& tokens() { return tokens_; }

 private:
  // parser_expr.cc
  absl::StatusOr<Subtree> ParseExpr(int precedence_min);
  absl::StatusOr<Subtree> ParseOperand();
  absl::StatusOr<Subtree> ParseUnary();
  absl::StatusOr<Subtree> ParsePrimary();
  absl::StatusOr<Subtree> ParseParen();
  absl::StatusOr<Subtree> ParseWord();
  absl::StatusOr<Subtree> ParseCall(const Token& name);
  absl::StatusOr<Subtree> ParseAggregate(const Token& op);
  absl::StatusOr<Subtree> MakeAggregate(std::unique_ptr<AggregateExpr> aggregate, std::vector<Subtree> args);
  absl::StatusOr<std::vector<Subtree>> ParseArguments();
  absl::StatusOr<std::unique_ptr<NumberLiteral>> ParseNumberLiteral();
  absl::StatusOr<std::unique_ptr<StringLiteral>> ParseStringLiteral();

  // parser_matching.cc
  absl::StatusOr<std::unique_ptr<BinaryExpr>> ParseBinaryModifiers();
  absl::Status ParseGroupSide(VectorMatching& matching);
  absl::Status ParseFillModifiers(VectorMatching& matching);
  absl::StatusOr<double> ParseFillValue();
  absl::StatusOr<std::vector<std::string>> ParseGroupingLabels();
  absl::StatusOr<std::string> ParseGroupingLabel();

  // parser_selector.cc
  absl::StatusOr<std::unique_ptr<VectorSelector>> ParseVectorSelector();
  absl::StatusOr<std::unique_ptr<VectorSelector>> ParseVectorSelector(const Token& name);
  absl::Status ParseLabelMatchers(Matchers& matchers);
  absl::StatusOr<Matcher> ParseLabelMatcher();
  absl::StatusOr<Matcher> ParseMatcherValue(const Token& name, std::string_view label);
  absl::StatusOr<LabelsBuilder> ParseLabelSet();
  absl::Status ParseLabelPair(LabelsBuilder& labels);
  absl::StatusOr<std::string> UnquoteToken(const Token& token);

  // parser_modifiers.cc
  absl::StatusOr<Subtree> ParseModifiers(Subtree subject);
  absl::StatusOr<Subtree> ParseBrackets(Subtree subject);
  absl::StatusOr<Subtree> MakeRangeSelector(Subtree subject, Subtree length, PositionRange brackets);
  absl::StatusOr<Subtree> MakeSubquery(Subtree subject, Subtree length, std::optional<Subtree> step);
  absl::Status ParseOffset(Subtree& subject);
  absl::Status ParseAt(Expr& subject);
  absl::Status SetTimestamp(Expr& subject, double seconds);
  absl::StatusOr<TimeShift*> FreeAtOf(Expr& subject);
  absl::Status SetExtendedRange(Expr& subject, TokenKind modifier);

  // parser_durations.cc
  absl::StatusOr<Subtree> ParseOffsetDuration();
  absl::StatusOr<Subtree> ParseSignedOffsetDuration(const Token& sign);
  absl::StatusOr<Subtree> ParsePositiveDuration();
  absl::StatusOr<Subtree> ParseDuration(int precedence_min);
  absl::StatusOr<Subtree> ContinueDuration(Subtree lhs, int precedence_min);
  absl::StatusOr<Subtree> ParseDurationOperand();
  absl::StatusOr<Subtree> ParseDurationLiteral(const Token* sign);
  absl::StatusOr<Subtree> ParseDurationParen();
  absl::StatusOr<Subtree> ParseDurationCall(const Token* sign);
  absl::StatusOr<Subtree> MakeDurationBinary(Subtree lhs, const Token& op, Subtree rhs);
  absl::StatusOr<Subtree> ApplySign(const Token& sign, Subtree operand);
  absl::Status RequireDurationExpr(const Expr& expr);

  // A node over children of these heights; fails where the tree gets too deep.
  template <typename Node>
  absl::StatusOr<Subtree> Grow(std::unique_ptr<Node> node, int child_height) {
    if (child_height >= options_.depth_max) return TooDeep(node->position());
    return Subtree{std::move(node), child_height + 1};
  }
  absl::Status TooDeep(PositionRange position);
  absl::Status Enter();  // counts a level of recursion; see DepthScope

  friend class DepthScope;
  TokenStream tokens_;
  ParserOptions options_;
  int depth_ = 0;
};

// A level of recursion; ask ok() before going on.
class DepthScope {
 public:
  explicit DepthScope(Parser& parser) : parser_(parser) { ++parser_.depth_; }
  ~DepthScope() { --parser_.depth_; }
  DepthScope(const DepthScope&) = delete;
  DepthScope& operator=(const DepthScope&) = delete;
  absl::Status status() { return parser_.Enter(); }

 private:
  Parser& parser_;
};

// The tightest level of binary operators: ^. A sign binds less tightly than it and like * to everything else.
inline constexpr int kPowerPrecedence = 6;

// Seconds as nanoseconds, as Go's float conversion has it where they do not fit.
QueryDuration DurationFromSeconds(double seconds);

// Stores a parsed duration: a number in `constant`, anything else in `expression`.
void AssignDuration(ExprPtr value, QueryDuration& constant, std::unique_ptr<DurationExpr>& expression);

}  // namespace varve::promql
