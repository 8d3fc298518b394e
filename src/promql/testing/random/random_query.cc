#include "promql/testing/random/random_query.h"

#include "promql/testing/random/query_writer.h"

namespace varve::promql {
namespace {

std::string RandomText(Random& random, QueryWriter& writer, bool instant) {
  const int depth = random.Pick({1, 1, 2, 2, 2, 3, 4});
  if (random.Percent(4)) return writer.Invalid();
  if (random.Percent(8)) return writer.Scalar(depth);
  if (instant && random.Percent(5)) return writer.Matrix(depth);
  if (instant && random.Percent(1)) return R"("a \"string\"")";
  if (random.Percent(3)) return writer.OfNativeHistogram(depth);
  return writer.Vector(depth);
}

}  // namespace

PromqlTestQuery RandomQuery(uint64_t seed, QueryDialect dialect, TimestampMs data_start) {
  Random random(seed);
  QueryWriter writer(random, dialect, data_start);
  PromqlTestQuery query;
  query.is_range = random.Percent(60);
  query.start = query.end = writer.Time();
  if (query.is_range) {
    query.step_ms = kQueryGridMs * random.Between(1, 12);
    if (dialect == QueryDialect::kModern && random.Percent(20)) query.step_ms = random.Between(1'000, 90'000);
    const int64_t steps = random.Between(0, 40);
    query.end += query.step_ms * steps + (steps > 0 ? random.Pick<int64_t>({0, 0, 7}) : 0);
    if (dialect == QueryDialect::kClassic) query.end -= query.end % kQueryGridMs;  // @ end() must stay on the grid
  }
  query.text = RandomText(random, writer, !query.is_range);
  return query;
}

}  // namespace varve::promql
