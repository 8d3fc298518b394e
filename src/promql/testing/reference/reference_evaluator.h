// A second, plain evaluation of PromQL, to hold the engine to: one step after the other, one series after the other, written from
// the documentation of the language and with nothing of the engine but the parser's tree and the model's histogram arithmetic.
//
//   ReferenceEvaluator reference(series, parser_options);
//   const QueryAnswer answer = reference.Ask(query);
//
// Shape    evaluates the tree anew at each step. It knows everything in the language but start_timestamp(); Prometheus' metric name
//          rules without delayed removal. It gives no warnings.
// Errors   the answer's status; Unimplemented for what it does not know.
// Threads  immutable; share freely.
// Source   prometheus docs/querying/{basics,operators,functions}.md, docs/feature_flags.md.
#pragma once

#include "promql/parser.h"
#include "promql/testing/promqltest.h"
#include "promql/testing/random/query_answer.h"
#include "promql/testing/random/random_series.h"

namespace varve::promql {

class ReferenceEvaluator {
 public:
  ReferenceEvaluator(const SeriesMap& series, ParserOptions parser)
      : series_(series), parser_(parser) {}  // `series` outlives this

  QueryAnswer Ask(const PromqlTestQuery& query) const;

 private:
  const SeriesMap& series_;
  const ParserOptions parser_;
};

}  // namespace varve::promql
