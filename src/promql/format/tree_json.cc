#include "promql/format/tree_json.h"

#include <cmath>

#include "base/float_text.h"
#include "promql/function_signatures.h"

namespace varve::promql {
namespace {

void WriteStrings(JsonWriter& json, std::string_view key, const std::vector<std::string>& values) {
  json.Key(key);
  json.BeginArray();
  for (const std::string& value : values) json.String(value);
  json.EndArray();
}

void WriteChild(JsonWriter& json, std::string_view key, const Expr* expr) {
  json.Key(key);
  if (expr == nullptr) {
    json.Null();
  } else {
    WriteTree(json, *expr);
  }
}

// Numbers inside durations say whether they were written with units.
void WriteDuration(JsonWriter& json, std::string_view key, const Expr* expr) {
  json.Key(key);
  if (expr == nullptr) return json.Null();
  json.BeginObject();
  if (const auto* number = expr->AsIf<NumberLiteral>()) {
    json.Field("duration", number->is_duration);
    json.Field("type", "numberLiteral");
    json.Field("val", FormatFloatFixed(number->value));
  } else {
    const auto& duration = expr->As<DurationExpr>();
    WriteDuration(json, "lhs", duration.lhs.get());
    json.Field("op", ToString(duration.op));
    WriteDuration(json, "rhs", duration.rhs.get());
    json.Field("type", "durationExpr");
    json.Field("wrapped", duration.wrapped);
  }
  json.EndObject();
}

void WriteMatchers(JsonWriter& json, const Matchers& matchers) {
  json.Key("matchers");
  json.BeginArray();
  for (const Matcher& matcher : matchers) {
    json.BeginObject();
    json.Field("name", matcher.name());
    json.Field("type", varve::ToString(matcher.type()));
    json.Field("value", matcher.value());
    json.EndObject();
  }
  json.EndArray();
}

void WriteOffset(JsonWriter& json, const TimeShift& shift) {
  json.Field("offset", shift.offset.ms());
  WriteDuration(json, "offsetExpr", shift.offset_expr.get());
}

void WriteAnchor(JsonWriter& json, const TimeShift& shift) {
  json.Key("startOrEnd");
  if (shift.at_anchor == TimeShift::Anchor::kNone) return json.Null();
  json.String(shift.at_anchor == TimeShift::Anchor::kStart ? "start" : "end");
}

void WriteTimestamp(JsonWriter& json, const TimeShift& shift) {
  json.Key("timestamp");
  if (shift.at.has_value()) {
    json.Int(*shift.at);
  } else {
    json.Null();
  }
}

void WriteFill(JsonWriter& json, std::string_view key, std::optional<double> value) {
  json.Key(key);
  if (value.has_value() && std::isfinite(*value)) {
    json.Double(*value);
  } else {
    json.Null();
  }
}

void WriteMatching(JsonWriter& json, const std::optional<VectorMatching>& matching) {
  json.Key("matching");
  if (!matching.has_value()) return json.Null();
  json.BeginObject();
  json.Field("card", ToString(matching->cardinality));
  json.Key("fillValues");
  json.BeginObject();
  WriteFill(json, "lhs", matching->fill_lhs);
  WriteFill(json, "rhs", matching->fill_rhs);
  json.EndObject();
  WriteStrings(json, "include", matching->include);
  WriteStrings(json, "labels", matching->labels);
  json.Field("on", matching->on);
  json.EndObject();
}

void WriteFunction(JsonWriter& json, const FunctionSignature& function) {
  json.Key("func");
  json.BeginObject();
  json.Key("argTypes");
  json.BeginArray();
  for (const ValueType type : function.arg_types) json.String(ToString(type));
  json.EndArray();
  json.Field("name", function.name);
  json.Field("returnType", ToString(function.return_type));
  json.Field("variadic", static_cast<int64_t>(function.variadic));
  json.EndObject();
}

void WriteFields(JsonWriter& json, const AggregateExpr& aggregate) {
  WriteChild(json, "expr", aggregate.expr.get());
  WriteStrings(json, "grouping", aggregate.grouping);
  json.Field("op", ToString(aggregate.op));
  WriteChild(json, "param", aggregate.param.get());
  json.Field("type", "aggregation");
  json.Field("without", aggregate.without);
}

void WriteFields(JsonWriter& json, const BinaryExpr& binary) {
  json.Field("bool", binary.return_bool);
  WriteChild(json, "lhs", binary.lhs.get());
  WriteMatching(json, binary.matching);
  json.Field("op", ToString(binary.op));
  WriteChild(json, "rhs", binary.rhs.get());
  json.Field("type", "binaryExpr");
}

void WriteFields(JsonWriter& json, const Call& call) {
  json.Key("args");
  json.BeginArray();
  for (const ExprPtr& arg : call.args) WriteTree(json, *arg);
  json.EndArray();
  WriteFunction(json, *call.function);
  json.Field("type", "call");
}

void WriteFields(JsonWriter& json, const MatrixSelector& matrix) {
  const VectorSelector& selector = *matrix.selector;
  json.Field("anchored", selector.anchored);
  WriteMatchers(json, selector.matchers);
  json.Field("name", selector.name);
  WriteOffset(json, selector.shift);
  json.Field("range", matrix.length.ms());
  WriteDuration(json, "rangeExpr", matrix.length_expr.get());
  json.Field("smoothed", selector.smoothed);
  WriteAnchor(json, selector.shift);
  WriteTimestamp(json, selector.shift);
  json.Field("type", "matrixSelector");
}

void WriteFields(JsonWriter& json, const SubqueryExpr& subquery) {
  WriteChild(json, "expr", subquery.expr.get());
  WriteOffset(json, subquery.shift);
  json.Field("range", subquery.length.ms());
  WriteDuration(json, "rangeExpr", subquery.length_expr.get());
  WriteAnchor(json, subquery.shift);
  json.Field("step", subquery.step.ms());
  WriteDuration(json, "stepExpr", subquery.step_expr.get());
  WriteTimestamp(json, subquery.shift);
  json.Field("type", "subquery");
}

void WriteFields(JsonWriter& json, const VectorSelector& selector) {
  json.Field("anchored", selector.anchored);
  WriteMatchers(json, selector.matchers);
  json.Field("name", selector.name);
  WriteOffset(json, selector.shift);
  json.Field("smoothed", selector.smoothed);
  WriteAnchor(json, selector.shift);
  WriteTimestamp(json, selector.shift);
  json.Field("type", "vectorSelector");
}

void WriteFields(JsonWriter& json, const NumberLiteral& number) {
  json.Field("type", "numberLiteral");
  json.Field("val", FormatFloatFixed(number.value));
}

void WriteFields(JsonWriter& json, const StringLiteral& text) {
  json.Field("type", "stringLiteral");
  json.Field("val", text.value);
}

void WriteFields(JsonWriter& json, const ParenExpr& paren) {
  WriteChild(json, "expr", paren.expr.get());
  json.Field("type", "parenExpr");
}

void WriteFields(JsonWriter& json, const UnaryExpr& unary) {
  WriteChild(json, "expr", unary.expr.get());
  json.Field("op", ToString(unary.op));
  json.Field("type", "unaryExpr");
}

}  // namespace

void WriteTree(JsonWriter& json, const Expr& expr) {
  json.BeginObject();
  switch (expr.kind()) {
    case ExprKind::kNumber: WriteFields(json, expr.As<NumberLiteral>()); break;
    case ExprKind::kString: WriteFields(json, expr.As<StringLiteral>()); break;
    case ExprKind::kVectorSelector: WriteFields(json, expr.As<VectorSelector>()); break;
    case ExprKind::kMatrixSelector: WriteFields(json, expr.As<MatrixSelector>()); break;
    case ExprKind::kSubquery: WriteFields(json, expr.As<SubqueryExpr>()); break;
    case ExprKind::kCall: WriteFields(json, expr.As<Call>()); break;
    case ExprKind::kAggregate: WriteFields(json, expr.As<AggregateExpr>()); break;
    case ExprKind::kBinary: WriteFields(json, expr.As<BinaryExpr>()); break;
    case ExprKind::kUnary: WriteFields(json, expr.As<UnaryExpr>()); break;
    case ExprKind::kParen: WriteFields(json, expr.As<ParenExpr>()); break;
    case ExprKind::kDuration: VARVE_CHECK(false);  // only inside selectors, see WriteDuration
  }
  json.EndObject();
}

}  // namespace varve::promql
