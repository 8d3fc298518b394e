#include "promql/token.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "model/quote.h"

namespace varve::promql {
namespace {

struct Keyword {
  std::string_view word;
  TokenKind kind;
};

constexpr Keyword kKeywords[] = {
    {"anchored", TokenKind::kAnchored},
    {"and", TokenKind::kAnd},
    {"atan2", TokenKind::kAtan2},
    {"avg", TokenKind::kAvg},
    {"bool", TokenKind::kBool},
    {"bottomk", TokenKind::kBottomk},
    {"by", TokenKind::kBy},
    {"count", TokenKind::kCount},
    {"count_values", TokenKind::kCountValues},
    {"end", TokenKind::kEnd},
    {"fill", TokenKind::kFill},
    {"fill_left", TokenKind::kFillLeft},
    {"fill_right", TokenKind::kFillRight},
    {"group", TokenKind::kGroup},
    {"group_left", TokenKind::kGroupLeft},
    {"group_right", TokenKind::kGroupRight},
    {"ignoring", TokenKind::kIgnoring},
    {"inf", TokenKind::kNumber},
    {"limit_ratio", TokenKind::kLimitRatio},
    {"limitk", TokenKind::kLimitk},
    {"max", TokenKind::kMax},
    {"max_of", TokenKind::kMaxOf},
    {"min", TokenKind::kMin},
    {"min_of", TokenKind::kMinOf},
    {"nan", TokenKind::kNumber},
    {"offset", TokenKind::kOffset},
    {"on", TokenKind::kOn},
    {"or", TokenKind::kOr},
    {"quantile", TokenKind::kQuantile},
    {"range", TokenKind::kRange},
    {"smoothed", TokenKind::kSmoothed},
    {"start", TokenKind::kStart},
    {"stddev", TokenKind::kStddev},
    {"stdvar", TokenKind::kStdvar},
    {"step", TokenKind::kStep},
    {"sum", TokenKind::kSum},
    {"topk", TokenKind::kTopk},
    {"unless", TokenKind::kUnless},
    {"without", TokenKind::kWithout},
};
static_assert(std::ranges::is_sorted(kKeywords, {}, &Keyword::word));

bool IsPreprocessor(TokenKind kind) { return kind >= TokenKind::kStart; }

bool IsWordOperator(TokenKind kind) { return kind == TokenKind::kAnd || kind == TokenKind::kOr || kind == TokenKind::kUnless; }

// What comes before the text of a token that has no fixed spelling.
std::string_view CategoryOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kIdentifier: return "identifier ";
    case TokenKind::kMetricIdentifier: return "metric identifier ";
    case TokenKind::kNumber: return "number ";
    case TokenKind::kDuration: return "duration ";
    case TokenKind::kString: return "string ";
    default: return "";
  }
}

// The first ten characters.
std::string_view Shortened(std::string_view text) {
  size_t bytes = 0;
  for (int characters = 0; characters < 10 && bytes < text.size(); ++characters) {
    bytes += std::max<size_t>(1, Utf8SequenceLength(text.substr(bytes)));
  }
  return text.substr(0, bytes);
}

}  // namespace

bool CanBeMetricName(TokenKind kind) {
  switch (kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kMetricIdentifier:
    case TokenKind::kBy:
    case TokenKind::kFill:
    case TokenKind::kFillLeft:
    case TokenKind::kFillRight:
    case TokenKind::kOffset:
    case TokenKind::kSmoothed:
    case TokenKind::kAnchored:
    case TokenKind::kWithout: return true;
    default: return IsAggregation(kind) || IsPreprocessor(kind) || IsWordOperator(kind);
  }
}

bool CanBeLabelName(TokenKind kind) {
  if (kind == TokenKind::kWithout) return false;
  return kind == TokenKind::kIdentifier || kind == TokenKind::kMetricIdentifier || kind == TokenKind::kAtan2 || IsKeyword(kind) ||
         IsAggregation(kind) || IsPreprocessor(kind) || IsWordOperator(kind);
}

bool CanStartExpr(TokenKind kind) {
  switch (kind) {
    case TokenKind::kNumber:
    case TokenKind::kDuration:
    case TokenKind::kString:
    case TokenKind::kLeftBrace:
    case TokenKind::kLeftParen:
    case TokenKind::kAdd:
    case TokenKind::kSub: return true;
    default: return CanBeMetricName(kind);
  }
}

std::optional<TokenKind> FindKeyword(std::string_view word) {
  constexpr size_t kLongest = 12;
  if (word.size() > kLongest) return std::nullopt;
  std::array<char, kLongest> lower;
  std::ranges::transform(word, lower.begin(), absl::ascii_tolower);
  const std::string_view key(lower.data(), word.size());
  const auto* found = std::ranges::lower_bound(kKeywords, key, {}, &Keyword::word);
  if (found == std::end(kKeywords) || found->word != key) return std::nullopt;
  return found->kind;
}

std::string Describe(const Token& token) {
  if (token.kind == TokenKind::kEof) return "end of input";
  if (IsKeyword(token.kind)) return fmt::format("<{}>", token.text);
  if (IsOperator(token.kind)) return fmt::format("<op:{}>", token.text);
  if (IsAggregation(token.kind)) return fmt::format("<aggr:{}>", token.text);
  const bool is_name = token.kind == TokenKind::kIdentifier || token.kind == TokenKind::kMetricIdentifier;
  const bool shorten = !is_name && token.text.size() > 10;
  return fmt::format("{}{}{}", CategoryOf(token.kind), Quoted(shorten ? Shortened(token.text) : token.text),
                     shorten ? "..." : "");
}

}  // namespace varve::promql
