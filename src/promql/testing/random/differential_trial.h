// Puts a query to our engine and to another one, and says whether their answers differ.
//
// Threads  Run may be called from several threads at once, if the oracle may.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "promql/engine/engine.h"
#include "promql/testing/promqltest.h"
#include "promql/testing/random/answer_difference.h"

namespace varve::promql {

using QueryOracle = std::function<absl::StatusOr<QueryAnswer>(const PromqlTestQuery&)>;

enum class Verdict {
  kSame,
  kRounding,      // apart, but no more than the query amplifies noise
  kOracleFailed,  // by a bug that it owns up to, or does not know, or answers otherwise each time
  kDifferent,
};

struct TrialResult {
  Verdict verdict = Verdict::kSame;
  std::string difference;
  QueryAnswer ours, theirs;
};

enum class OracleKind {
  kOtherVersion,  // of Prometheus: it says some things in other words
  kSameVersion,   // failures, warnings and infos are compared, too
  kStepByStep,    // it says nothing, and does not notice when two series that never meet come to have the same labels
};

class DifferentialTrial {
 public:
  // `source` outlives this.
  DifferentialTrial(EngineOptions options, SeriesSource& source, QueryOracle oracle, OracleKind kind)
      : engine_(std::move(options)), source_(source), oracle_(std::move(oracle)), kind_(kind) {}

  // Fails only if the oracle cannot be reached.
  absl::StatusOr<TrialResult> Run(const PromqlTestQuery& query) const;
  const ParserOptions& parser() const { return engine_.options().parser; }
  SeriesSource& source() const { return source_; }

 private:
  template <typename Query>
  QueryAnswer Ask(SeriesSource& source, const Query& text_or_tree, const PromqlTestQuery& query) const;
  absl::StatusOr<bool> AnswersAlways(const PromqlTestQuery& query, const QueryAnswer& answer, const CompareOptions& options,
                                     double error) const;
  bool GaveUp(const TrialResult& result, const PromqlTestQuery& query) const;
  bool IsRounding(const Expr& expr, const PromqlTestQuery& query, const TrialResult& result, const CompareOptions& options,
                  double error) const;

  const Engine engine_;
  SeriesSource& source_;
  const QueryOracle oracle_;
  const OracleKind kind_;
};

}  // namespace varve::promql
