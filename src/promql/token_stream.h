// The tokens of a query with one token of lookahead, and the first thing that is wrong with the query.
//
// Shape    tokens are read as late as possible: an error of the lexer counts from the moment its token is looked at, so that of
//          two errors the one Prometheus finds first is found first here.
// Errors   Fail and Unexpected note the error, unless there is one already, and return the status to give up with.
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>
#include <string_view>

#include "promql/lexer.h"
#include "promql/parser.h"
#include "promql/token.h"

namespace varve::promql {

// Where an unexpected token was met and what should be there, for the message. Both may be empty.
struct Expectation {
  std::string_view where, what;
};

class TokenStream {
 public:
  explicit TokenStream(std::string_view query) : lexer_(query) {}

  const Token& Peek();
  Token Take();
  bool TakeIf(TokenKind kind);
  // Takes a token of this kind, or fails with Unexpected().
  absl::Status Expect(TokenKind kind);

  int taken_end() const { return taken_end_; }  // of the token taken last

  absl::Status Fail(PositionRange position, std::string message);
  absl::Status Unexpected();  // complains about the next token

  std::string_view query() const { return lexer_.query(); }
  const std::optional<ParseError>& error() const { return error_; }

 private:
  friend class ExpectationScope;
  Lexer lexer_;
  std::optional<Token> next_;
  int taken_end_ = 0;
  std::optional<ParseError> error_;
  Expectation expectation_;
};

// While it lives, unexpected tokens are explained by `expectation`. The innermost scope counts.
class ExpectationScope {
 public:
  ExpectationScope(TokenStream& tokens, Expectation expectation) : tokens_(tokens), outer_(tokens.expectation_) {
    tokens_.expectation_ = expectation;
  }
  ~ExpectationScope() { tokens_.expectation_ = outer_; }
  ExpectationScope(const ExpectationScope&) = delete;
  ExpectationScope& operator=(const ExpectationScope&) = delete;

  void Change(Expectation expectation) { tokens_.expectation_ = expectation; }

 private:
  TokenStream& tokens_;
  Expectation outer_;
};

}  // namespace varve::promql
