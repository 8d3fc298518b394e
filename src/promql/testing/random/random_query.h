// Random queries over the series of random_series.h: every operator and function, nested, with every modifier, and some that
// are wrong.
//
// Shape    the same seed and dialect give the same query. What the dialects leave out, and why, is said where it is left out:
//          grep for `modern`.
#pragma once

#include <cstdint>

#include "promql/testing/promqltest.h"

namespace varve::promql {

enum class QueryDialect : uint8_t {
  kClassic,  // what Prometheus 2.42 and 3.x answer alike
  kModern,   // Prometheus 3.14 with every feature flag
};

// `data_start` is RandomSeriesOptions::start.
PromqlTestQuery RandomQuery(uint64_t seed, QueryDialect dialect, TimestampMs data_start);

}  // namespace varve::promql
