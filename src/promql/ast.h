// The tree of a PromQL query: what the parser makes, the printer writes and the planner reads.
//
//   const absl::StatusOr<ExprPtr> expr = ParseExpr("sum by (job) (rate(errors_total[5m]))");
//   if ((*expr)->kind() == ExprKind::kAggregate) Plan((*expr)->As<AggregateExpr>());
//
// Shape    each kind of expression is one struct with public fields; children are owned. After parsing a tree is passed on as
//          const; who wants to change one works on Clone().
// Units    positions are bytes of the query text, durations see QueryDuration, timestamps are Unix milliseconds.
// Errors   none here: the parser hands out only trees that are well-typed (see the promises at the fields) and not deeper than
//          ParserOptions::depth_max, so that recursion over a tree is safe.
// Threads  immutable once shared.
// Source   prometheus promql/parser/ast.go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/time_range.h"
#include "model/matcher.h"
#include "promql/position.h"

namespace varve::promql {

enum class ValueType : uint8_t { kScalar, kVector, kMatrix, kString };
std::string_view ToString(ValueType type);        // scalar, vector, matrix, string
std::string_view DocumentedName(ValueType type);  // scalar, instant vector, range vector, string

// clang-format off
enum class AggregateOp : uint8_t {
  kAvg, kBottomk, kCount, kCountValues, kGroup, kMax, kMin, kQuantile, kStddev, kStdvar, kSum, kTopk, kLimitk, kLimitRatio
};
// clang-format on
std::string_view ToString(AggregateOp op);  // avg, bottomk, ...
bool HasParameter(AggregateOp op);          // topk(3, x)

// clang-format off
enum class BinaryOp : uint8_t {
  kAdd, kSub, kMul, kDiv, kMod, kPow, kAtan2,
  kEqual, kNotEqual, kGreater, kGreaterOrEqual, kLess, kLessOrEqual,
  kTrimUpper, kTrimLower,  // histogram </ and >/
  kAnd, kOr, kUnless
};
// clang-format on
std::string_view ToString(BinaryOp op);  // +, -, ..., ==, ..., and
bool IsComparison(BinaryOp op);
bool IsTrim(BinaryOp op);
bool IsSetOperation(BinaryOp op);

enum class UnaryOp : uint8_t { kPlus, kMinus };
std::string_view ToString(UnaryOp op);

// A length of time as the query wrote it. Evaluation counts whole milliseconds; the rest is kept so that the text can be
// given back as Prometheus does.
struct QueryDuration {
  int64_t ns = 0;
  int64_t ms() const { return ns / 1'000'000; }
  friend bool operator==(const QueryDuration&, const QueryDuration&) = default;
};

// clang-format off
enum class ExprKind : uint8_t {
  kNumber, kString, kVectorSelector, kMatrixSelector, kSubquery, kCall, kAggregate, kBinary, kUnary, kParen, kDuration
};
// clang-format on

class Expr;
using ExprPtr = std::unique_ptr<Expr>;
struct FunctionSignature;  // promql/function_signatures.h

class Expr {
 public:
  virtual ~Expr() = default;
  Expr& operator=(const Expr&) = delete;

  ExprKind kind() const { return kind_; }
  virtual ValueType type() const = 0;
  virtual PositionRange position() const = 0;
  virtual ExprPtr Clone() const = 0;  // a deep copy

  // This node as the struct of its kind.
  template <typename T>
  const T& As() const {
    VARVE_CHECK(kind_ == T::kKind);
    return static_cast<const T&>(*this);
  }
  template <typename T>
  T& As() {
    VARVE_CHECK(kind_ == T::kKind);
    return static_cast<T&>(*this);
  }
  // The same, or null for another kind.
  template <typename T>
  const T* AsIf() const {
    return kind_ == T::kKind ? static_cast<const T*>(this) : nullptr;
  }
  template <typename T>
  T* AsIf() {
    return kind_ == T::kKind ? static_cast<T*>(this) : nullptr;
  }

 protected:
  explicit Expr(ExprKind kind) : kind_(kind) {}
  Expr(const Expr&) = default;

 private:
  ExprKind kind_;
};

struct NumberLiteral final : Expr {
  static constexpr ExprKind kKind = ExprKind::kNumber;
  NumberLiteral() : Expr(kKind) {}
  ValueType type() const override { return ValueType::kScalar; }
  PositionRange position() const override { return range; }
  ExprPtr Clone() const override;

  double value = 0;
  bool is_duration = false;  // written as 5m; value has seconds
  PositionRange range;
};

struct StringLiteral final : Expr {
  static constexpr ExprKind kKind = ExprKind::kString;
  StringLiteral() : Expr(kKind) {}
  ValueType type() const override { return ValueType::kString; }
  PositionRange position() const override { return range; }
  ExprPtr Clone() const override;

  std::string value;  // unquoted
  PositionRange range;
};

enum class DurationOp : uint8_t { kAdd, kSub, kMul, kDiv, kMod, kPow, kStep, kRange, kMinOf, kMaxOf };
std::string_view ToString(DurationOp op);  // +, ..., step, range, min_of, max_of

// Arithmetic where a duration is expected: foo[step() * 2], foo offset max_of(5m, step()).
struct DurationExpr final : Expr {
  static constexpr ExprKind kKind = ExprKind::kDuration;
  DurationExpr() : Expr(kKind) {}
  ValueType type() const override { return ValueType::kScalar; }
  PositionRange position() const override;
  ExprPtr Clone() const override;
  std::unique_ptr<DurationExpr> CloneSelf() const;

  DurationOp op = DurationOp::kAdd;
  ExprPtr lhs, rhs;      // a NumberLiteral (seconds) or a DurationExpr; unary operators have only rhs, step() and range() neither
  bool wrapped = false;  // in parentheses
  int start = 0, end = 0;  // of unary operators (start only), step(), range(), min_of(), max_of()
};

// What `offset` and `@` ask for.
struct TimeShift {
  enum class Anchor : uint8_t { kNone, kStart, kEnd };

  QueryDuration offset;                       // may be negative
  std::unique_ptr<DurationExpr> offset_expr;  // instead of `offset`
  std::optional<TimestampMs> at;              // @ 1609746000
  Anchor at_anchor = Anchor::kNone;           // @ start(), @ end()

  TimeShift() = default;
  TimeShift(const TimeShift& other);
  TimeShift(TimeShift&&) = default;
  TimeShift& operator=(TimeShift&&) = default;
};

struct VectorSelector final : Expr {
  static constexpr ExprKind kKind = ExprKind::kVectorSelector;
  VectorSelector() : Expr(kKind) {}
  ValueType type() const override { return ValueType::kVector; }
  PositionRange position() const override { return range; }
  ExprPtr Clone() const override;
  std::unique_ptr<VectorSelector> CloneSelf() const;

  std::string name;   // written before the braces; empty if absent
  Matchers matchers;  // all that is asked for; `name` is the last of them
  TimeShift shift;
  bool anchored = false, smoothed = false;
  PositionRange range;
};

struct MatrixSelector final : Expr {
  static constexpr ExprKind kKind = ExprKind::kMatrixSelector;
  MatrixSelector() : Expr(kKind) {}
  ValueType type() const override { return ValueType::kMatrix; }
  PositionRange position() const override { return {selector->range.start, end}; }
  ExprPtr Clone() const override;

  std::unique_ptr<VectorSelector> selector;   // carries the TimeShift
  QueryDuration length;                       // the time between the brackets
  std::unique_ptr<DurationExpr> length_expr;  // instead of `length`
  int end = 0;
};

struct SubqueryExpr final : Expr {
  static constexpr ExprKind kKind = ExprKind::kSubquery;
  SubqueryExpr() : Expr(kKind) {}
  ValueType type() const override { return ValueType::kMatrix; }
  PositionRange position() const override { return {expr->position().start, end}; }
  ExprPtr Clone() const override;

  ExprPtr expr;  // an instant vector
  QueryDuration length;
  std::unique_ptr<DurationExpr> length_expr;  // instead of `length`
  QueryDuration step;                         // 0: the default evaluation interval
  std::unique_ptr<DurationExpr> step_expr;    // instead of `step`
  TimeShift shift;
  int end = 0;
};

struct Call final : Expr {
  static constexpr ExprKind kKind = ExprKind::kCall;
  Call() : Expr(kKind) {}
  ValueType type() const override;
  PositionRange position() const override { return range; }
  ExprPtr Clone() const override;
  std::string_view name() const;

  const FunctionSignature* function = nullptr;  // in the static table; the arguments fit it
  std::vector<ExprPtr> args;
  PositionRange range;
};

struct AggregateExpr final : Expr {
  static constexpr ExprKind kKind = ExprKind::kAggregate;
  AggregateExpr() : Expr(kKind) {}
  ValueType type() const override { return ValueType::kVector; }
  PositionRange position() const override { return range; }
  ExprPtr Clone() const override;

  AggregateOp op = AggregateOp::kSum;
  ExprPtr expr;                       // an instant vector
  ExprPtr param;                      // a scalar, for count_values a string; null unless HasParameter(op)
  std::vector<std::string> grouping;  // as written
  bool without = false;
  PositionRange range;
};

struct VectorMatching {
  enum class Cardinality : uint8_t { kOneToOne, kManyToOne, kOneToMany, kManyToMany };

  Cardinality cardinality = Cardinality::kOneToOne;  // set operations have kManyToMany
  std::vector<std::string> labels;                   // of on() or ignoring()
  bool on = false;
  std::vector<std::string> include;          // of group_left() or group_right()
  std::optional<double> fill_lhs, fill_rhs;  // stands in where one side has no match
};
std::string_view ToString(VectorMatching::Cardinality cardinality);  // one-to-one, ...

struct BinaryExpr final : Expr {
  static constexpr ExprKind kKind = ExprKind::kBinary;
  BinaryExpr() : Expr(kKind) {}
  ValueType type() const override;
  PositionRange position() const override { return {lhs->position().start, rhs->position().end}; }
  ExprPtr Clone() const override;

  BinaryOp op = BinaryOp::kAdd;
  ExprPtr lhs, rhs;                        // scalars or instant vectors
  std::optional<VectorMatching> matching;  // set if both sides are instant vectors
  bool return_bool = false;                // comparisons answer 0 or 1 instead of filtering
};

struct UnaryExpr final : Expr {
  static constexpr ExprKind kKind = ExprKind::kUnary;
  UnaryExpr() : Expr(kKind) {}
  ValueType type() const override { return expr->type(); }
  PositionRange position() const override { return {start, expr->position().end}; }
  ExprPtr Clone() const override;

  UnaryOp op = UnaryOp::kMinus;
  ExprPtr expr;  // a scalar or an instant vector
  int start = 0;
};

struct ParenExpr final : Expr {
  static constexpr ExprKind kKind = ExprKind::kParen;
  ParenExpr() : Expr(kKind) {}
  ValueType type() const override { return expr->type(); }
  PositionRange position() const override { return range; }
  ExprPtr Clone() const override;

  ExprPtr expr;
  PositionRange range;
};

// The sub-expressions of `expr`, in the order Prometheus walks them (an aggregation's expression before its parameter).
// The selector of a MatrixSelector is one of them, duration expressions are not.
std::vector<const Expr*> Children(const Expr& expr);
std::vector<Expr*> MutableChildren(Expr& expr);

// Calls visit(expr) for `expr` and everything below it, parents first.
template <typename Visit>
void Walk(const Expr& expr, const Visit& visit) {
  visit(expr);
  for (const Expr* child : Children(expr)) Walk(*child, visit);
}

// The matchers of each vector selector, in the order of Walk.
std::vector<Matchers> ExtractSelectors(const Expr& expr);

// True if both trees say the same, positions aside. NaN equals NaN.
bool SameExpr(const Expr& a, const Expr& b);

// `expr` without the parentheses around it.
const Expr& StripParens(const Expr& expr);

}  // namespace varve::promql
