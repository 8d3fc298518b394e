#include "promql/parser.h"

#include <fmt/format.h>

#include "base/status_macros.h"
#include "promql/parser_impl.h"
#include "promql/type_check.h"

namespace varve::promql {

absl::StatusOr<ExprPtr> ParseExpr(std::string_view query, const ParserOptions& options, ParseError* error) {
  Parser parser(query, options);
  absl::StatusOr<ExprPtr> expr = parser.ParseQuery();
  if (expr.ok()) {
    if (const absl::Status status = CheckTypes(**expr, parser.tokens()); !status.ok()) expr = status;
  }
  if (!expr.ok() && error != nullptr) *error = *parser.tokens().error();
  return expr;
}

absl::StatusOr<Matchers> ParseMetricSelector(std::string_view text) { return Parser(text, {}).ParseSelector(); }

absl::StatusOr<Labels> ParseMetric(std::string_view text) { return Parser(text, {}).ParseLabels(); }

absl::StatusOr<ExprPtr> Parser::ParseQuery() {
  if (tokens_.Peek().kind == TokenKind::kEof) return tokens_.Fail({0, 0}, "no expression found in input");
  VARVE_ASSIGN_OR_RETURN(Subtree tree, ParseExpr(0));
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kEof));
  return std::move(tree.node);
}

absl::StatusOr<Matchers> Parser::ParseSelector() {
  VARVE_ASSIGN_OR_RETURN(const std::unique_ptr<VectorSelector> selector, ParseVectorSelector());
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kEof));
  return std::move(selector->matchers);
}

absl::StatusOr<Labels> Parser::ParseLabels() {
  std::optional<Token> name;
  if (CanBeMetricName(tokens_.Peek().kind)) name = tokens_.Take();
  VARVE_ASSIGN_OR_RETURN(LabelsBuilder labels, ParseLabelSet());
  if (name.has_value()) labels.Set(kMetricName, name->text);
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kEof));
  return labels.Build();
}

absl::Status Parser::TooDeep(PositionRange position) {
  return tokens_.Fail(position, fmt::format("expression is nested deeper than {} levels", options_.depth_max));
}

absl::Status Parser::Enter() { return depth_ > options_.depth_max ? TooDeep(tokens_.Peek().range()) : absl::OkStatus(); }

}  // namespace varve::promql
