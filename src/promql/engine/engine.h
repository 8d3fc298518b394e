// Runs PromQL queries over a SeriesSource.
//
//   Engine engine({.executor = &pool});
//   VARVE_ASSIGN_OR_RETURN(const QueryResult result, engine.Range(ctx, source, "rate(x_total[5m])", {start, end, step_ms}));
//
// Errors   InvalidArgument for a query that is wrong (HTTP 400), FailedPrecondition for one that cannot be evaluated on this data
//          and ResourceExhausted for one that needs too much (422), DeadlineExceeded (503), Cancelled (499); the source's own
//          errors pass through. Texts are Prometheus'.
// Threads  safe to use from many threads at once. A query runs on the caller's thread and on the workers of the executor; its
//          result does not depend on their number.
// Source   prometheus promql/engine.go.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <string>
#include <string_view>

#include "promql/engine/engine_options.h"
#include "promql/engine/query_result.h"
#include "promql/engine/resolve.h"
#include "runtime/context.h"
#include "storage/series_source.h"

namespace varve::promql {

struct QueryOptions {
  int64_t lookback_ms = 0;  // 0: the engine's
  std::string_view text;    // of the query, for the positions in warnings
  // Labels that the source takes off series once they are selected, as replica labels when it de-duplicates.
  std::span<const std::string> hidden_labels;
  bool plan_only = false;          // explain: the result has nothing but stats.operators
  bool measure_operators = false;  // analyze: they count samples and bytes, too
  bool count_by_step = false;      // QueryStats::samples_by_step
};

class Engine {
 public:
  explicit Engine(EngineOptions options) : options_(std::move(options)) {}

  absl::StatusOr<QueryResult> Instant(const Context& ctx, SeriesSource& source, std::string_view query, TimestampMs time,
                                      QueryOptions options = {}) const;
  absl::StatusOr<QueryResult> Instant(const Context& ctx, SeriesSource& source, const Expr& expr, TimestampMs time,
                                      const QueryOptions& options = {}) const;

  absl::StatusOr<QueryResult> Range(const Context& ctx, SeriesSource& source, std::string_view query, const QueryTimes& times,
                                    QueryOptions options = {}) const;
  absl::StatusOr<QueryResult> Range(const Context& ctx, SeriesSource& source, const Expr& expr, const QueryTimes& times,
                                    const QueryOptions& options = {}) const;

  const EngineOptions& options() const { return options_; }

 private:
  absl::StatusOr<QueryResult> Execute(const Context& ctx, SeriesSource& source, const Expr& expr, const QueryTimes& times,
                                      const QueryOptions& options) const;

  const EngineOptions options_;
};

}  // namespace varve::promql
