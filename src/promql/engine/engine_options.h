// How an engine runs queries; the defaults are Prometheus'.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "promql/parser.h"
#include "promql/planner/optimization.h"

namespace varve {
class Executor;
}

namespace varve::promql {

struct EngineOptions {
  int64_t lookback_ms = 300'000;     // how old the last sample of a series may be
  int64_t samples_max = 50'000'000;  // held at a time by one query
  std::chrono::nanoseconds timeout = std::chrono::minutes(2);
  int64_t memory_bytes_max = 0;  // of one query; 0: only what the caller's budget allows
  // The step of a subquery that names none, given the subquery's range.
  std::function<int64_t(int64_t range_ms)> default_subquery_step_ms = [](int64_t) { return int64_t{60'000}; };
  Executor* executor = nullptr;  // decodes and computes in parallel; null: on the caller's thread. Outlives the engine

  OptimizationSet optimizations = DefaultOptimizations();  // what may be done to make a query cheaper

  ParserOptions parser;               // for queries given as text
  bool delayed_name_removal = false;  // promql-delayed-name-removal
  bool type_and_unit_labels = false;  // type-and-unit-labels
  bool use_start_timestamps = false;  // use-start-timestamps
};

}  // namespace varve::promql
