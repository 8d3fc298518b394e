#include <fmt/format.h>

#include "base/duration.h"
#include "promql/testing/random/query_writer.h"
#include "promql/testing/random/random_series.h"

namespace varve::promql {

std::string QueryWriter::FloatMetric() {
  if (random_.Percent(6)) return modern_ && random_.Percent(50) ? R"({"utf8.metric"})" : R"({__name__="utf8.metric"})";
  if (random_.Percent(4)) return R"({__name__=~"[ce]_total"})";
  return std::string(random_.Pick<std::string_view>(
      {"c_total", "c_total", "e_total", "g", "g", "odd", "l_sum", "l_count", "l_bucket", "target_info", "absent_metric"}));
}

std::string QueryWriter::CounterMetric() {
  return std::string(random_.Pick<std::string_view>({"c_total", "c_total", "e_total", "l_sum", "l_count", "l_bucket"}));
}

std::string QueryWriter::HistogramMetric() {
  // 2.42 has no custom buckets and no mixed series to agree about.
  return std::string(modern_ ? random_.Pick<std::string_view>({"h", "h", "hg", "hc", "mixed"}) : "h");
}

std::string QueryWriter::Metric() {
  if (modern_ && random_.Percent(8)) return HistogramMetric();
  if (modern_ && random_.Percent(2)) return R"({__name__=~"h.?|g|mixed"})";
  return FloatMetric();
}

std::string QueryWriter::Matchers() {
  switch (random_.Below(9)) {
    case 0: return R"(job="a")";
    case 1: return R"(job=~"a|b")";
    case 2: return R"(job!="b", instance=~"[12]")";
    case 3: return R"(instance!~"2.*")";
    case 4: return R"(zone=~".+")";
    case 5: return R"(zone="")";
    case 6: return R"(zone!="münchen")";
    case 7: return modern_ ? R"("a.b"!="eu")" : R"(le=~"1|5|.Inf|")";
    default: return R"(instance="1")";
  }
}

std::string QueryWriter::Selector(std::string_view metric) {
  std::string text(metric);
  if (!random_.Percent(40)) return text;
  if (!text.ends_with('}')) return text + "{" + Matchers() + "}";
  text.pop_back();
  return text + ", " + Matchers() + "}";
}

// Up to `units_max` times `unit_ms`, in one of the ways to write it.
std::string QueryWriter::Duration(int64_t unit_ms, int64_t units_max) {
  const int64_t ms = unit_ms * random_.Between(1, units_max);
  if (modern_ && random_.Percent(6)) return fmt::format("{}", ms / 1000 + 1);  // 3.0: numbers are seconds
  if (modern_ && random_.Percent(4)) return fmt::format("(step() * {})", random_.Between(1, 5));
  if (modern_ && random_.Percent(4)) return fmt::format("max_of({}s, range() / 4)", ms / 1000 + 1);
  return FormatPrometheusDuration(ms);
}

std::string QueryWriter::WindowLength() {
  return random_.Percent(30) ? random_.Pick<std::string>({"1m", "2m", "5m", "10m", "15s", "30s"})
                             : Duration(modern_ ? 777 : 1000, random_.Pick<int64_t>({30, 90, 600, 1200}));
}

std::string QueryWriter::Shift() {
  std::string text;
  if (random_.Percent(15)) {
    text += random_.Percent(75) ? " offset " : " offset -";
    text += Duration(kQueryGridMs, 60);
  }
  if (random_.Percent(10)) {
    text += random_.Percent(50) ? random_.Pick<std::string>({" @ start()", " @ end()"})
                                : fmt::format(" @ {}", static_cast<double>(Time()) / 1000);
  }
  return text;
}

std::string QueryWriter::Window(std::string_view metric) {
  std::string text = Selector(metric) + "[" + WindowLength() + "]";
  if (modern_ && random_.Percent(8)) text += random_.Pick<std::string>({" anchored", " smoothed"});
  return text + Shift();
}

std::string QueryWriter::Subquery(int depth) {
  const int64_t grid = kQueryGridMs * random_.Between(1, 9);
  const std::string step = random_.Percent(15) ? "" : FormatPrometheusDuration(grid);
  // 2.42 looks ahead when a window is so short that no step falls into it (#15970).
  const int64_t shortest = modern_ ? 1 : std::max<int64_t>(grid, 60'000) / kQueryGridMs;
  const int64_t length =
      kQueryGridMs * random_.Between(shortest, 60) + (modern_ ? random_.Pick<int64_t>({0, 0, 3'000, 1}) : 3'000);
  std::string inner = Vector(depth - 1);
  if (random_.Percent(40)) inner = "(" + inner + ")";
  // 2.42 looks for a pinned selector where the subquery around it is (#13559), and 3.x still does if that begins when the query
  // does.
  const bool shifts = inner.find('@') == std::string::npos;
  return inner + "[" + FormatPrometheusDuration(length) + ":" + step + "]" + (shifts ? Shift() : "");
}

std::string QueryWriter::Matrix(int depth) { return depth > 0 && random_.Percent(25) ? Subquery(depth) : Window(Metric()); }

TimestampMs QueryWriter::Time() {
  const int64_t since = random_.Between(-12, kRandomSeriesMs / kQueryGridMs + 36) * kQueryGridMs;
  return data_start_ + since + (modern_ && random_.Percent(20) ? random_.Between(0, 9'999) : 0);
}

}  // namespace varve::promql
