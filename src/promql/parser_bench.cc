#include "promql/parser.h"

#include <benchmark/benchmark.h>

#include "promql/printer.h"

namespace varve::promql {
namespace {

constexpr std::string_view kQueries[] = {
    "up",
    "sum by (job, instance) (rate(http_requests_total{code=~\"5..\", handler!=\"/metrics\"}[5m])) / on (job, instance) "
    "group_left () "
    "(sum by (job, instance) (rate(http_requests_total[5m])) > 0)",
};

void BM_Parse(benchmark::State& state) {
  const std::string_view query = kQueries[state.range(0)];
  for (auto _ : state) benchmark::DoNotOptimize(ParseExpr(query));
}
BENCHMARK(BM_Parse)->Arg(0)->Arg(1);

void BM_Print(benchmark::State& state) {
  const ExprPtr expr = *ParseExpr(kQueries[state.range(0)]);
  for (auto _ : state) benchmark::DoNotOptimize(ToString(*expr));
}
BENCHMARK(BM_Print)->Arg(0)->Arg(1);

}  // namespace
}  // namespace varve::promql
