#include "promql/token_stream.h"

#include <fmt/format.h>

#include <utility>

#include "base/errors.h"

namespace varve::promql {

const Token& TokenStream::Peek() {
  if (!next_.has_value()) {
    next_ = lexer_.Next();
    if (next_->kind == TokenKind::kError) {
      (void)Fail({next_->start, static_cast<int>(query().size())}, std::string(next_->text));
    }
  }
  return *next_;
}

Token TokenStream::Take() {
  const Token token = Peek();
  taken_end_ = token.range().end;
  if (token.kind != TokenKind::kError && token.kind != TokenKind::kEof) next_.reset();
  return token;
}

bool TokenStream::TakeIf(TokenKind kind) {
  if (Peek().kind != kind) return false;
  Take();
  return true;
}

absl::Status TokenStream::Expect(TokenKind kind) {
  if (Peek().kind != kind) return Unexpected();
  Take();
  return absl::OkStatus();
}

absl::Status TokenStream::Fail(PositionRange position, std::string message) {
  if (!error_.has_value()) error_ = ParseError{position, std::move(message)};
  return InvalidArgument("{}: parse error: {}", LineAndColumn(error_->position, query()), error_->message);
}

absl::Status TokenStream::Unexpected() {
  const Token& token = Peek();
  std::string message = "unexpected " + Describe(token);
  if (!expectation_.where.empty()) message.append(" in ").append(expectation_.where);
  if (!expectation_.what.empty()) message.append(", expected ").append(expectation_.what);
  return Fail(token.range(), std::move(message));
}

}  // namespace varve::promql
