// Selectors and label sets: the parts between braces.
#include <fmt/format.h>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/quote.h"
#include "promql/literals.h"
#include "promql/parser_impl.h"

namespace varve::promql {
namespace {

std::optional<Matcher::Type> MatcherTypeOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kAssign: return Matcher::Type::kEqual;
    case TokenKind::kNotEqual: return Matcher::Type::kNotEqual;
    case TokenKind::kRegexMatch: return Matcher::Type::kRegex;
    case TokenKind::kRegexNotMatch: return Matcher::Type::kNotRegex;
    default: return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<VectorSelector>> Parser::ParseVectorSelector() {
  if (CanBeMetricName(tokens_.Peek().kind)) return ParseVectorSelector(tokens_.Take());
  if (tokens_.Peek().kind != TokenKind::kLeftBrace) return tokens_.Unexpected();
  auto selector = std::make_unique<VectorSelector>();
  selector->range.start = tokens_.Peek().start;
  VARVE_RETURN_IF_ERROR(ParseLabelMatchers(selector->matchers));
  selector->range.end = tokens_.taken_end();
  return selector;
}

absl::StatusOr<std::unique_ptr<VectorSelector>> Parser::ParseVectorSelector(const Token& name) {
  auto selector = std::make_unique<VectorSelector>();
  selector->name = name.text;
  selector->range = name.range();
  if (tokens_.Peek().kind == TokenKind::kLeftBrace) {
    VARVE_RETURN_IF_ERROR(ParseLabelMatchers(selector->matchers));
    selector->range.end = tokens_.taken_end();
  }
  selector->matchers.push_back(Matcher::Equal(kMetricName, name.text));
  return selector;
}

absl::Status Parser::ParseLabelMatchers(Matchers& matchers) {
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kLeftBrace));
  ExpectationScope expectation(tokens_, {});
  for (;;) {
    expectation.Change({"label matching", "identifier or \"}\""});
    if (tokens_.TakeIf(TokenKind::kRightBrace)) return absl::OkStatus();
    VARVE_ASSIGN_OR_RETURN(Matcher matcher, ParseLabelMatcher());
    matchers.push_back(std::move(matcher));
    expectation.Change({"label matching", "\",\" or \"}\""});
    if (tokens_.TakeIf(TokenKind::kRightBrace)) return absl::OkStatus();
    VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kComma));
  }
}

// name="value", "name"=~"value", or "metric.name" alone.
absl::StatusOr<Matcher> Parser::ParseLabelMatcher() {
  const TokenKind kind = tokens_.Peek().kind;
  if (kind == TokenKind::kIdentifier) {
    const Token name = tokens_.Take();
    return ParseMatcherValue(name, name.text);
  }
  if (kind != TokenKind::kString) return tokens_.Unexpected();
  const Token name = tokens_.Take();
  VARVE_ASSIGN_OR_RETURN(const std::string label, UnquoteToken(name));
  if (MatcherTypeOf(tokens_.Peek().kind).has_value()) return ParseMatcherValue(name, label);
  return Matcher::Equal(kMetricName, label);
}

absl::StatusOr<Matcher> Parser::ParseMatcherValue(const Token& name, std::string_view label) {
  ExpectationScope expectation(tokens_, {"label matching", "label matching operator"});
  const std::optional<Matcher::Type> type = MatcherTypeOf(tokens_.Peek().kind);
  if (!type.has_value()) return tokens_.Unexpected();
  tokens_.Take();
  expectation.Change({"label matching", "string"});
  if (tokens_.Peek().kind != TokenKind::kString) return tokens_.Unexpected();
  const Token token = tokens_.Take();
  VARVE_ASSIGN_OR_RETURN(const std::string value, UnquoteToken(token));
  absl::StatusOr<Matcher> matcher = Matcher::Make(*type, label, value);
  if (!matcher.ok()) return tokens_.Fail({name.start, token.range().end}, std::string(Message(matcher.status())));
  return matcher;
}

// {name="value", "name"="value", "metric.name"}, or nothing.
absl::StatusOr<LabelsBuilder> Parser::ParseLabelSet() {
  LabelsBuilder labels;
  if (!tokens_.TakeIf(TokenKind::kLeftBrace)) return labels;
  ExpectationScope expectation(tokens_, {});
  for (;;) {
    expectation.Change({"label set", "identifier or \"}\""});
    if (tokens_.TakeIf(TokenKind::kRightBrace)) return labels;
    VARVE_RETURN_IF_ERROR(ParseLabelPair(labels));
    expectation.Change({"label set", "\",\" or \"}\""});
    if (tokens_.TakeIf(TokenKind::kRightBrace)) return labels;
    VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kComma));
  }
}

absl::Status Parser::ParseLabelPair(LabelsBuilder& labels) {
  const TokenKind kind = tokens_.Peek().kind;
  if (kind != TokenKind::kIdentifier && kind != TokenKind::kString) return tokens_.Unexpected();
  const Token token = tokens_.Take();
  std::string name(token.text);
  if (kind == TokenKind::kString) {
    VARVE_ASSIGN_OR_RETURN(name, UnquoteToken(token));
    if (tokens_.Peek().kind != TokenKind::kAssign) return labels.Set(kMetricName, name), absl::OkStatus();
  }
  ExpectationScope expectation(tokens_, {"label set", "\"=\""});
  VARVE_RETURN_IF_ERROR(tokens_.Expect(TokenKind::kAssign));
  expectation.Change({"label set", "string"});
  if (tokens_.Peek().kind != TokenKind::kString) return tokens_.Unexpected();
  VARVE_ASSIGN_OR_RETURN(const std::string value, UnquoteToken(tokens_.Take()));
  labels.Set(name, value);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Parser::UnquoteToken(const Token& token) {
  std::optional<std::string> text = Unquote(token.text);
  if (!text.has_value()) {
    return tokens_.Fail(token.range(), fmt::format("error unquoting string {}: invalid syntax", Quoted(token.text)));
  }
  return *std::move(text);
}

}  // namespace varve::promql
