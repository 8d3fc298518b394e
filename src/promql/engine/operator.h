// A part of a running query that yields series, one at a time, each with its values over all steps.
//
//   while (true) {
//     VARVE_ASSIGN_OR_RETURN(const bool more, input.Next(ctx, series));
//     if (!more) break;
//     ... series holds one value for every step of input.grid() ...
//   }
//
// Shape    a tree of operators; each owns its inputs and pulls from them. A vector-valued operator yields every label set at most
//          once (unless delayed name removal hides a difference) and no series without samples. A scalar-valued one yields
//          exactly one series: no labels, a float at every step.
// Errors   the first error ends the query. Annotations go to QueryState.
// Threads  an operator belongs to one thread at a time; those that spread work over the executor do it inside Next.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "promql/engine/query_state.h"
#include "promql/engine/step_series.h"
#include "runtime/context.h"

namespace varve::promql {

class SeriesScan;  // engine/series_scan.h

struct YieldedSamples {
  int64_t samples = 0, bytes = 0;
  void Add(const StepSeries& series) {
    samples += static_cast<int64_t>(series.present.Count());
    bytes += series.heap_bytes();
  }
};

class Operator {
 public:
  Operator(QueryState& query, const StepGrid& grid) : query_(query), grid_(grid) {}
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  // Fills `out` with the next series; false when there are no more.
  absl::StatusOr<bool> Next(const Context& ctx, StepSeries& out);

  const StepGrid& grid() const { return grid_; }
  // The scan this operator yields unchanged, so that more work can be moved into its workers; null if it is something else.
  virtual SeriesScan* scan() { return nullptr; }

  // What this operator does, for explain: "aggregate sum by (job)".
  virtual std::string Describe() const = 0;
  virtual std::vector<const Operator*> Inputs() const { return {}; }
  virtual std::chrono::nanoseconds elapsed() const { return elapsed_; }  // with its inputs; of a scan, over all workers
  virtual int64_t series_count() const { return series_count_; }         // yielded so far
  virtual YieldedSamples yielded() const { return yielded_; }            // likewise, if the query measures its operators
  virtual int64_t samples_read() const { return 0; }                     // decoded by this one

 protected:
  // As Next; `out` may hold anything, an implementation calls out.Reset or overwrites it whole.
  virtual absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) = 0;

  QueryState& query() const { return query_; }

 private:
  QueryState& query_;  // outlives the tree
  const StepGrid grid_;
  std::chrono::nanoseconds elapsed_{0};
  int64_t series_count_ = 0;
  YieldedSamples yielded_;
};

using OperatorPtr = std::unique_ptr<Operator>;

// All series `input` has left. What they hold is counted in `held`.
absl::StatusOr<std::vector<StepSeries>> Drain(const Context& ctx, Operator& input, HeldSamples& held);

// The values of a scalar-valued operator, one for each step.
absl::StatusOr<StepValues> EvaluateScalar(const Context& ctx, Operator& scalar);
absl::StatusOr<std::vector<StepValues>> EvaluateScalars(const Context& ctx, const std::vector<OperatorPtr>& scalars);

}  // namespace varve::promql
