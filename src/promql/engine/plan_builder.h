// From the tree of a query to the operators that answer it.
//
//   text -> ParseExpr -> Resolve -> Rewrite -> PlanBuilder -> operators
//
// Shape    what is pinned with @ is evaluated once; functions of one series move into the scan below them; an aggregation over a
//          scan runs in its workers; series are only collected where two of them may have to be joined.
// Errors   FailedPrecondition for what can be written but not evaluated.
// Source   prometheus promql/engine.go, evaluator.eval and populateSeries.
#pragma once

#include <absl/functional/function_ref.h>

#include "promql/engine/merge_same_labels.h"
#include "promql/engine/series_reader.h"
#include "promql/engine/shared_operator.h"
#include "promql/engine/step_invariance.h"
#include "promql/functions/function.h"
#include "promql/planner/repeated_expressions.h"

namespace varve::promql {

class PlanBuilder {
 public:
  // `root` is resolved; both outlive the builder.
  PlanBuilder(QueryState& query, const Expr& root);

  // The operator of a scalar or an instant vector.
  absl::StatusOr<OperatorPtr> Build(const Expr& expr, const StepGrid& grid);
  // The values of expr[1h:1m] that stands alone, on a grid of their own, which depends on the time of `grid`.
  absl::StatusOr<OperatorPtr> BuildSubquery(const SubqueryExpr& subquery, const StepGrid& grid);

 private:
  struct Built {
    OperatorPtr op;
    bool distinct = false;  // series differ in more than their metric names
  };
  // Where in the tree an expression stands.
  struct Place {
    StepGrid grid;
    int64_t step_hint_ms = 0;
    std::string function;                      // the nearest function or aggregation around
    const AggregateExpr* aggregate = nullptr;  // the nearest aggregation, if nothing but functions of one series is in between
    bool directly = false;                     // ... and nothing at all
    bool histogram_stats = false;              // a function around needs of histograms only count and sum
    bool histogram_buckets = false;            // something around needs the buckets
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Shared {
    size_t group;
    Place place;  // parts of a group are alike only if they are wanted in the same way
    std::shared_ptr<SharedSeries> series;
    int users = 0;
  };
  struct Arguments {
    const Expr* range = nullptr;  // the range vector
    std::vector<const Expr*> vectors, scalars;
    std::vector<std::string> strings;
    std::vector<PositionRange> positions;
  };

  Place Outermost(const StepGrid& grid) const;
  absl::StatusOr<Built> BuildExpr(const Expr& expr, const Place& place);  // evaluates once what can be
  absl::StatusOr<Built> BuildShared(const Expr& expr,
                                    const Place& place);  // computes once what stands in the query several times
  absl::StatusOr<Built> BuildNode(const Expr& expr, const Place& place);
  // What `build` makes counts its samples in `tally`.
  absl::StatusOr<Built> BuildCounted(SampleTally& tally, absl::FunctionRef<absl::StatusOr<Built>()> build);
  absl::StatusOr<Built> BuildSelector(const VectorSelector& selector, SampleField field, const Place& place);
  absl::StatusOr<Built> BuildUnary(const UnaryExpr& unary, const Place& place);
  absl::StatusOr<Built> BuildAggregate(const AggregateExpr& aggregate, const Place& place);
  absl::StatusOr<Built> BuildBinary(const BinaryExpr& binary, const Place& place);
  absl::StatusOr<Built> BuildVectorBinary(const BinaryExpr& binary, const Place& place);

  absl::StatusOr<Built> BuildCall(const Call& call, const Place& place);
  absl::StatusOr<Built> BuildInfo(const Call& call, const Place& place);
  absl::StatusOr<Built> BuildRangeCall(const Call& call, const FunctionImpl& function, const Arguments& args, const Place& place);
  absl::StatusOr<Built> BuildSubqueryCall(const SubqueryExpr& subquery, const FunctionImpl& function, RangeCall range,
                                          std::vector<OperatorPtr> scalars, const Place& place);
  absl::StatusOr<Built> BuildInstantCall(const Call& call, const FunctionImpl& function, const Arguments& args,
                                         const Place& place);
  absl::StatusOr<Built> BuildOperatorCall(const Call& call, const FunctionImpl& function, const Arguments& args,
                                          std::vector<OperatorPtr> inputs, const Place& place);
  absl::StatusOr<std::vector<OperatorPtr>> BuildScalars(const Arguments& args, const Place& place);
  absl::StatusOr<OperatorPtr> BuildTime(const Place& place);

  // The series of a repeated part, with this user of them counted.
  Shared SharedAt(const RepeatedExpressions::Place& repeat, const Place& place);

  // The steps of a subquery whose windows are those of `range`.
  absl::StatusOr<StepGrid> GridOf(const SubqueryExpr& subquery, const RangeCall& range) const;
  FunctionCall DescribeCall(const Call& call, const Arguments& args, const Place& place) const;
  OperatorPtr NewScan(SelectRequest request, SeriesReaderPtr reader, const Place& place);
  SelectRequest RequestFor(const VectorSelector& selector, QueryRange range, int64_t range_ms, const Place& place) const;
  // True if the series of a selector have one metric name.
  bool IsDistinct(const VectorSelector& selector) const;
  // Joins series that dropping the metric name may have made equal.
  Built AfterNameDrop(Built built, bool drops_name, SameLabels policy) const;

  QueryState& query_;
  StepInvariance invariance_;
  RepeatedExpressions repeated_;
  std::vector<Shared> shared_;
  SampleTally* tally_;      // where what is being built counts its samples
  int repeats_around_ = 0;  // parts around the one being built whose series another one computes
};

}  // namespace varve::promql
