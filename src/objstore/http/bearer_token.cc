#include "objstore/http/bearer_token.h"

#include <charconv>

#include "base/errors.h"
#include "base/json_value.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr uint64_t kAnswerBytesMax = 1 << 20;
constexpr size_t kWordsMax = 300;

// A number, or one in quotes, as Azure's metadata service writes it.
int64_t Seconds(const JsonValue& value) {
  int64_t seconds = value.IntOr(0);
  const std::string_view text = value.StringOr("");
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

}  // namespace

absl::StatusOr<BearerToken> FetchBearerToken(const Context& ctx, HttpTransport& transport, TransportRequest request,
                                             std::string source, TimestampMs now) {
  request.text_bytes_max = kAnswerBytesMax;
  VARVE_ASSIGN_OR_RETURN(const TransportResponse response, transport.Do(ctx, request));
  const absl::StatusOr<JsonValue> json = JsonValue::Parse(response.text);
  if (response.status / 100 != 2) {
    const std::string error =
        json.ok() ? fmt::format("{} {}", (*json)["error"].StringOr(""), (*json)["error_description"].StringOr("")) : "";
    const std::string reason =
        fmt::format("a token for {}: {} answered {} {}", source, request.url.substr(0, request.url.find('?')), response.status,
                    std::string_view(error).substr(0, kWordsMax));
    const bool passes = response.status == 429 || response.status / 100 == 5;
    return passes ? Unavailable("{}", reason) : FailedPrecondition("{}", reason);
  }
  VARVE_RETURN_IF_ERROR(Annotate(json.status(), "a token for {}", source));
  BearerToken token{
      .token = std::string((*json)["access_token"].StringOr("")), .expires = std::nullopt, .source = std::move(source)};
  if (token.token.empty()) return FailedPrecondition("a token for {}: the answer holds none", token.source);
  if (const int64_t seconds = Seconds((*json)["expires_in"]); seconds > 0) token.expires = now + seconds * 1000;
  return token;
}

}  // namespace varve
