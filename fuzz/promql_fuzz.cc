// Any text: parsing it ends in a tree or an error, and the printed forms of a tree are read back as the same query.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/json_writer.h"
#include "promql/format/tree_json.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "promql/series_description.h"
#include "promql/testing/every_feature.h"

namespace {

using namespace varve::promql;

constexpr ParserOptions kShallow = [] {
  ParserOptions options = kEveryFeature;
  options.depth_max = 200;
  return options;
}();

// What Prometheus' printer, which ours follows, does not write so that it can be read again: parts of a millisecond, durations
// a double of seconds is too coarse for, the two signs that make a sum of an offset (`offset - -5m + 1m`), Inf as the base of a
// power (`+Inf ^ 2`), and a selector of everything inside info().
bool IsReadable(QueryDuration duration) {
  return duration.ns % 1'000'000 == 0 && std::abs(duration.ns / 1'000'000) < int64_t{1} << 32;
}

bool IsReadable(const TimeShift& shift) { return shift.offset_expr == nullptr && IsReadable(shift.offset); }

bool IsNodeReadable(const Expr& node) {
  if (const auto* number = node.AsIf<NumberLiteral>()) {
    return !std::isinf(number->value) && (!number->is_duration || number->value == std::floor(number->value));
  }
  if (const auto* selector = node.AsIf<VectorSelector>()) return IsReadable(selector->shift) && !selector->matchers.empty();
  if (const auto* matrix = node.AsIf<MatrixSelector>()) return IsReadable(matrix->length);
  if (const auto* subquery = node.AsIf<SubqueryExpr>()) {
    return IsReadable(subquery->length) && IsReadable(subquery->step) && IsReadable(subquery->shift);
  }
  return true;
}

bool IsReadable(const Expr& expr) {
  bool readable = true;
  Walk(expr, [&readable](const Expr& node) { readable = readable && IsNodeReadable(node); });
  return readable;
}

void CheckReadsBack(const std::string& text, const std::string& printed) {
  const absl::StatusOr<ExprPtr> again = ParseExpr(text, kShallow);
  VARVE_CHECK(again.ok());
  VARVE_CHECK(ToString(**again) == printed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ParseMetricSelector(text).IgnoreError();
  ParseMetric(text).IgnoreError();
  ParseSeriesDescription(text).IgnoreError();
  const absl::StatusOr<ExprPtr> expr = ParseExpr(text, kShallow);
  if (!expr.ok()) return 0;
  VARVE_CHECK(SameExpr(**expr, *(*expr)->Clone()));
  std::string json;
  varve::JsonWriter writer(json);
  WriteTree(writer, **expr);
  if (!IsReadable(**expr)) return 0;
  const std::string printed = ToString(**expr);
  CheckReadsBack(printed, printed);
  CheckReadsBack(Prettify(**expr), printed);
  return 0;
}
