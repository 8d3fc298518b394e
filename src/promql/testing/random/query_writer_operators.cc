#include <fmt/format.h>

#include "promql/testing/random/query_writer.h"

namespace varve::promql {

std::string QueryWriter::AnyLabel() {
  return random_.Pick<std::string>({"job", "instance", "zone", "le", "version", "none", "__name__"});
}

std::string QueryWriter::LabelList() {
  const std::string label = modern_ && random_.Percent(5) ? "\"a.b\"" : AnyLabel();
  return random_.Pick<std::string>({"job", "instance", "job, instance", "", "zone, job", label});
}

std::string QueryWriter::Arithmetic() {
  // 2.42 keeps the metric name when it answers atan2.
  return random_.Pick<std::string>({"+", "-", "*", "/", "%", "^", modern_ ? "atan2" : "+", "+", "-", "*"});
}

std::string QueryWriter::Comparison() { return random_.Pick<std::string>({"==", "!=", ">", ">=", "<", "<="}); }

std::string QueryWriter::Distinct() {
  switch (random_.Below(4)) {
    case 0: return "sum_over_time(" + Selector("g") + "[" + WindowLength() + "]" + Shift() + ")";
    case 1: return "-" + Selector("g");
    case 2: return "(" + Selector("g") + Shift() + " * 3)";
    default: return Selector("g") + Shift();
  }
}

std::string QueryWriter::Finite() {
  const std::string metric = random_.Pick<std::string>({"c_total", "g", "l_sum"});
  return random_.Percent(50) ? Selector(metric) + Shift() : fmt::format("max_over_time({})", Window(metric));
}

// Which of equal values topk takes is nobody's promise, so they get values without equals.
std::string QueryWriter::Ranked() {
  const std::string grouping = random_.Percent(40) ? "" : fmt::format(" {} ({}) ", random_.Pick({"by", "without"}), LabelList());
  const std::string k = random_.Pick<std::string>({"1", "2", "3", "100", "0", "-1"});
  // In a range query operators yield their series in no order, so limitk gets a selector.
  if (modern_ && random_.Percent(20)) return fmt::format("limitk{}({}, {})", grouping, k, Selector(Metric()));
  if (modern_ && random_.Percent(30)) {
    return fmt::format("limit_ratio{}({}, {})", grouping, random_.Pick({"0.5", "-0.5", "0.1", "1", "0.9", "-1.5"}), Vector(0));
  }
  return fmt::format("{}{}({}, {})", random_.Pick({"topk", "bottomk"}), grouping, k, Distinct());
}

std::string QueryWriter::Aggregation(int depth) {
  const std::string grouping =
      random_.Percent(30) ? "" : fmt::format(" {} ({}) ", random_.Percent(70) ? "by" : "without", LabelList());
  switch (random_.Below(9)) {
    case 0:
      return fmt::format("quantile{}({}, {})", grouping, random_.Percent(80) ? Quantile() : Parameter(depth - 1),
                         Vector(depth - 1));
    case 1: return fmt::format("count_values{}(\"value\", {})", grouping, Vector(depth - 1));
    case 2:
      // 3.x treats infinities and NaN consistently in these (#14941).
      return fmt::format("{}{}({})", random_.Pick({"stddev", "stdvar"}), grouping, modern_ ? Vector(depth - 1) : Finite());
    default:
      return fmt::format("{}{}({})", random_.Pick({"sum", "sum", "avg", "min", "max", "count", "group"}), grouping,
                         Vector(depth - 1));
  }
}

std::string QueryWriter::Matching(bool set_operation) {
  if (random_.Percent(30)) return "";
  std::string text =
      fmt::format("{}({})", random_.Percent(75) ? "on" : "ignoring", random_.Percent(50) ? "job, instance" : LabelList());
  if (!set_operation && random_.Percent(30)) {
    // 2.42 does not take over a metric name.
    const std::string included = modern_ ? LabelList() : random_.Pick<std::string>({"zone", "le", "version, zone", "instance"});
    text += fmt::format(" {}({})", random_.Pick({"group_left", "group_right"}), random_.Percent(60) ? "" : included);
  }
  if (modern_ && !set_operation && random_.Percent(15)) {
    text +=
        " " + random_.Pick<std::string>({"fill(0)", "fill_left(1)", "fill_right(2)", "fill_left(1) fill_right(-1)", "fill(NaN)"});
  }
  return text;
}

std::string QueryWriter::Binary(int depth) {
  if (random_.Percent(20)) {
    return fmt::format("({} {} {} {})", Vector(depth - 1), random_.Pick({"and", "or", "unless"}), Matching(true),
                       Vector(depth - 1));
  }
  const bool compares = random_.Percent(30);
  // 2.42 does not always notice that several series match when it filters (#17668).
  const bool returns_bool = compares && (!modern_ || random_.Percent(35));
  const std::string op = (compares ? Comparison() : Arithmetic()) + (returns_bool ? " bool" : "");
  switch (random_.Below(6)) {
    case 0: return fmt::format("{} {} {}", Scalar(depth - 1), random_.Percent(50) ? op : Comparison(), Vector(depth - 1));
    case 1: return fmt::format("{} {} {}", Vector(depth - 1), random_.Percent(50) ? op : Comparison(), Scalar(depth - 1));
    case 2: {  // the same labels on both sides
      const std::string metric = FloatMetric(),
                        function = random_.Pick<std::string>({"last_over_time", "min_over_time", "first"});
      const std::string other = function == "first" ? Selector(metric) : fmt::format("{}({})", function, Window(metric));
      return fmt::format("({} {} {})", Selector(metric), random_.Percent(70) ? op : Comparison(), other);
    }
    case 3: {  // many to one that fits
      const std::string label = random_.Pick<std::string>({"job", "instance", "job, instance"});
      return fmt::format("({} {} on({}) group_left() sum by ({}) ({}))", Vector(depth - 1), op, label, label, Vector(depth - 1));
    }
    case 4: {  // one to one that fits
      const std::string label = random_.Pick<std::string>({"job", "instance", "job, instance"});
      return fmt::format("(max by ({}) ({}) {} min by ({}) ({}))", label, Vector(depth - 1), op, label, Vector(depth - 1));
    }
    default: return fmt::format("({} {} {} {})", Vector(depth - 1), op, Matching(false), Vector(depth - 1));
  }
}

}  // namespace varve::promql
