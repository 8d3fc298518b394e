#include <fmt/format.h>

#include "promql/testing/random/query_writer.h"

namespace varve::promql {

std::string QueryWriter::Number() {
  if (modern_ && random_.Percent(5)) return random_.Pick<std::string>({"1m", "1_000", "2h30m", "step()", "range()"});
  return random_.Pick<std::string>({"0", "1", "2", "0.5", "-1", "3", "10", "100", "1e3", "0x1F", "NaN", "Inf", "-Inf", "0.125"});
}

std::string QueryWriter::Quantile() {
  return random_.Pick<std::string>({"0", "0.1", "0.5", "0.9", "0.99", "1", "-1", "2", "NaN"});
}

// Of an aggregation. 2.42 wants one that does not change from step to step (#16404) and does not look at NaN (#16725).
std::string QueryWriter::Parameter(int depth) {
  if (modern_) return Scalar(depth);
  return random_.Pick<std::string>({"1", "2", "0.5", "0.9", "3"});
}

std::string QueryWriter::Scalar(int depth) {
  if (depth <= 0) return random_.Percent(70) ? Number() : random_.Pick<std::string>({"time()", "pi()"});
  if (modern_ && random_.Percent(1)) return Number() + " >/ " + Number();  // only histograms have that
  switch (random_.Below(modern_ ? 9 : 6)) {
    case 0:
    case 1: return Number();
    case 2: return "scalar(" + Vector(depth - 1) + ")";
    case 3: return "(" + Scalar(depth - 1) + " " + Arithmetic() + " " + Scalar(depth - 1) + ")";
    case 4: return "(" + Scalar(depth - 1) + " " + Comparison() + " bool " + Scalar(depth - 1) + ")";
    case 5: return "-" + Scalar(depth - 1);
    case 6: return "max_of(" + Scalar(depth - 1) + ", " + Scalar(depth - 1) + ")";
    case 7: return "min_of(" + Scalar(depth - 1) + ", " + Scalar(depth - 1) + ")";
    default: return random_.Pick<std::string>({"start()", "end()", "step()", "range()"});
  }
}

std::string QueryWriter::OverTime(int depth) {
  const auto plain = [&](std::string_view function) { return fmt::format("{}({})", function, Matrix(depth)); };
  if (modern_ && random_.Percent(15)) {
    return plain(random_.Pick<std::string_view>({"first_over_time", "mad_over_time", "ts_of_first_over_time",
                                                 "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time"}));
  }
  switch (random_.Below(10)) {
    case 0: return fmt::format("quantile_over_time({}, {})", Quantile(), Matrix(depth));
    case 1:
      // 2.42 answers only one step of those with @ (#13559).
      if (!modern_) return fmt::format("predict_linear({}[{}], {})", Selector(FloatMetric()), WindowLength(), Scalar(depth - 1));
      return fmt::format("predict_linear({}, {})", Matrix(depth), Scalar(depth - 1));
    case 2:
      return fmt::format("double_exponential_smoothing({}, {}, {})", Matrix(depth), random_.Pick({"0.1", "0.5", "0.9"}),
                         random_.Pick({"0.1", "0.5", "0.9"}));
    case 3:
    case 4:
      // Real counters only in the classic dialect, see Generator::CounterBase.
      return fmt::format("{}({})", random_.Pick({"rate", "increase"}), modern_ ? Matrix(depth) : Window(CounterMetric()));
    case 5: return plain(random_.Pick<std::string_view>({"delta", "irate", "idelta", "deriv", "changes", "resets"}));
    case 6:
      // 3.x treats infinities and NaN consistently in these (#14941).
      return fmt::format("{}({})", random_.Pick({"stddev_over_time", "stdvar_over_time"}),
                         modern_ ? Matrix(depth) : Window(CounterMetric()));
    default:
      return plain(
          random_.Pick<std::string_view>({"avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "count_over_time",
                                          "last_over_time", "present_over_time", "absent_over_time"}));
  }
}

std::string QueryWriter::Math(int depth) {
  const std::string input = Vector(depth - 1);
  switch (random_.Below(8)) {
    case 0: return fmt::format("clamp({}, {}, {})", input, Scalar(depth - 1), Scalar(depth - 1));
    case 1: return fmt::format("clamp_min({}, {})", input, Scalar(depth - 1));
    case 2: return fmt::format("clamp_max({}, {})", input, Scalar(depth - 1));
    case 3: return random_.Percent(50) ? fmt::format("round({})", input) : fmt::format("round({}, {})", input, Number());
    case 4:
      return fmt::format("{}({})",
                         random_.Pick({"acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "sin", "sinh", "tan",
                                       "tanh", "deg", "rad"}),
                         input);
    case 5: return fmt::format("{}({})", random_.Pick({"exp", "ln", "log2", "log10", "sqrt"}), input);
    default: return fmt::format("{}({})", random_.Pick({"abs", "ceil", "floor", "sgn"}), input);
  }
}

// Where a float and a histogram come to have the same labels, 3.x answers both at once.
std::string QueryWriter::Unmixed(int depth) {
  std::string input = Vector(depth);
  while (input.find("mixed") != std::string::npos) input = Vector(depth);
  return input;
}

std::string QueryWriter::Labelled(int depth) {
  const std::string input = Unmixed(depth - 1);
  switch (random_.Below(7)) {
    case 0: return fmt::format(R"(label_replace({}, "new", "$1-x", "{}", '(.).*'))", input, AnyLabel());
    case 1: return fmt::format(R"(label_replace({}, "zone", "${{1}}", "zone", '(?:..)(.*)'))", input);
    case 2: return fmt::format(R"(label_replace({}, "instance", "", "instance", "[12]"))", input);
    case 3: return fmt::format(R"(label_replace({}, "__name__", "named_$1", "job", '(.*)'))", input);
    case 4: return fmt::format(R"(label_join({}, "joined", "-", "job", "{}", "none"))", input, AnyLabel());
    case 5: return fmt::format(R"(label_join({}, "job", ""))", input);
    default: return fmt::format(R"(label_join({}, "__name__", "_", "job", "instance"))", input);
  }
}

// 2.42 answers timestamp(x @ t) at t alone, 3.x forgets about an offset beside @.
std::string QueryWriter::Timestamp(const std::string& input) {
  const bool pinned = input.find('@') != std::string::npos, moved = input.find("offset") != std::string::npos;
  return fmt::format("timestamp({})", pinned && (moved || !modern_) ? Selector(Metric()) : input);
}

std::string QueryWriter::Special(int depth) {
  const std::string input = Vector(depth - 1);
  switch (random_.Below(modern_ ? 10 : 7)) {
    case 0: return fmt::format("vector({})", Scalar(depth - 1));
    case 1: return fmt::format("absent({})", input);
    case 2: return Timestamp(input);
    case 3:
      return fmt::format(
          "{}({})",
          random_.Pick({"day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year"}),
          random_.Percent(40)   ? ""
          : random_.Percent(50) ? input
                                : Timestamp(input) + " * 1000");
    case 4:
      if (random_.Percent(50)) return "(" + input + ")";
      // 2.42 fails when two series that never meet come to have the same labels (#17708).
      return "-" + (modern_ ? Unmixed(depth - 1) : Selector(CounterMetric()));
    case 5: return "sort(" + Distinct() + ")";
    case 6: return "sort_desc(" + Distinct() + ")";
    case 7: return fmt::format(R"({}({}, "instance", "job"))", random_.Pick({"sort_by_label", "sort_by_label_desc"}), input);
    case 8:
      return random_.Percent(50) ? fmt::format("info({})", input)
                                 : fmt::format(R"(info({}, {{version{}"1"}}))", input, random_.Pick({"=", "!=", "=~"}));
    default: return fmt::format("start_timestamp({})", Selector(Metric()));
  }
}

std::string QueryWriter::OfClassicHistogram(int depth) {
  std::string input = random_.Percent(30)
                          ? Selector("l_bucket")
                          : fmt::format("{}({})", random_.Pick({"rate", "increase", "delta"}), Window("l_bucket"));
  if (random_.Percent(40)) input = fmt::format("sum by ({}) ({})", random_.Pick({"le", "le, job", "job, le, instance"}), input);
  if (random_.Percent(10)) input = Vector(depth - 1);
  if (modern_ && random_.Percent(30)) return fmt::format("histogram_fraction({}, {}, {})", Number(), Number(), input);
  if (modern_ && random_.Percent(10)) return fmt::format(R"(histogram_quantiles({}, "q", {}, {}))", input, Quantile(), Number());
  return fmt::format("histogram_quantile({}, {})", random_.Percent(80) ? Quantile() : Scalar(depth - 1), input);
}

std::string QueryWriter::OfNativeHistogram(int depth) {
  const std::string metric = HistogramMetric();
  std::string input = Selector(metric);
  // 2.42 adds native histograms up in another way (no gauges, other hints, no compensation): there only what is selected.
  if (modern_ && random_.Percent(50)) {
    input = fmt::format("{}({})",
                        random_.Pick({"rate", "increase", "delta", "irate", "idelta", "sum_over_time", "avg_over_time",
                                      "last_over_time", "first_over_time"}),
                        Window(metric));
  }
  if (modern_ && random_.Percent(20)) input = fmt::format("{} by (job) ({})", random_.Pick({"sum", "avg"}), input);
  if (modern_ && random_.Percent(20))
    input = fmt::format("({} {} {})", input, random_.Pick({"+", "-", "*", "/", "==", "!=", "</", ">/", "and"}),
                        random_.Percent(50) ? Selector(HistogramMetric()) : Scalar(depth - 1));
  if (!modern_)
    return random_.Percent(50) ? input : fmt::format("{}({})", random_.Pick({"histogram_count", "histogram_sum"}), input);
  switch (random_.Below(7)) {
    case 0:
    case 1: return input;
    case 2: return fmt::format("histogram_quantile({}, {})", Quantile(), input);
    case 3: return fmt::format("histogram_fraction({}, {}, {})", Number(), Number(), input);
    case 4: return fmt::format(R"(histogram_quantiles({}, "q", {}, {}))", input, Quantile(), Quantile());
    default:
      return fmt::format(
          "{}({})", random_.Pick({"histogram_count", "histogram_sum", "histogram_avg", "histogram_stddev", "histogram_stdvar"}),
          input);
  }
}

std::string QueryWriter::OfHistogram(int depth) {
  return !modern_ || random_.Percent(50) ? OfClassicHistogram(depth) : OfNativeHistogram(depth);
}

std::string QueryWriter::Vector(int depth) {
  if (depth <= 0) return Selector(Metric()) + Shift();
  switch (random_.Below(16)) {
    case 0:
    case 1:
      return Selector(Metric()) + (modern_ && random_.Percent(5) ? random_.Pick<std::string>({" anchored", " smoothed"}) : "") +
             Shift();
    case 2:
    case 3:
    case 4:
    case 5: return OverTime(depth);
    case 6: return Math(depth);
    case 7: return Labelled(depth);
    case 8: return Special(depth);
    case 9: return OfHistogram(depth);
    case 10: return random_.Percent(50) ? Ranked() : Aggregation(depth);
    case 11:
    case 12: return Aggregation(depth);
    default: return Binary(depth);
  }
}

}  // namespace varve::promql
