#include "objstore/gcs/gcs_client.h"

#include <algorithm>

#include "base/errors.h"
#include "base/json_value.h"
#include "base/status_macros.h"
#include "objstore/bucket_errors.h"
#include "objstore/s3/sigv4.h"

namespace varve {
namespace {

constexpr size_t kServerWordsMax = 300;

using Code = absl::StatusCode;

struct Refusal {
  std::string message, reason;
};

Refusal ParseRefusal(std::string_view body) {
  const absl::StatusOr<JsonValue> json = JsonValue::Parse(body);
  if (!json.ok()) return {.message = std::string(body.substr(0, kServerWordsMax)), .reason = ""};
  const JsonValue& error = (*json)["error"];
  const JsonValue::Array& all = error["errors"].array();
  return {.message = std::string(error["message"].StringOr("")),
          .reason = all.empty() ? "" : std::string(all[0]["reason"].StringOr(""))};
}

struct Verdict {
  Code code;
  std::string advice;
};

Verdict VerdictOn(const GcsCall& call, int status, const Refusal& refusal, const BearerToken& token) {
  const bool no_bucket = refusal.message.find("bucket does not exist") != std::string::npos;
  if (status == 404 && !call.key.empty() && !no_bucket) return {Code::kNotFound, "there is no such object"};
  if (status == 404) return {Code::kFailedPrecondition, "there is no such bucket: check bucket, or make it"};
  if (refusal.reason == "rateLimitExceeded" || refusal.reason == "userRateLimitExceeded" || status == 429) {
    return {Code::kResourceExhausted, "the server asks for fewer requests"};
  }
  if (status == 401)
    return {Code::kPermissionDenied, fmt::format("the credentials of {} are not accepted: check service_account", token.source)};
  if (status == 403) {
    return {Code::kPermissionDenied,
            fmt::format("access denied ({}): its roles on the bucket must allow {}", token.source, call.permission)};
  }
  if (status == 412) return {Code::kAlreadyExists, "the object is there already"};
  if (status == 416) return {Code::kOutOfRange, "the range begins behind the end of the object"};
  if (status == 408 || status / 100 == 5) return {Code::kUnavailable, "the server cannot answer now"};
  return {Code::kFailedPrecondition, "the server refused"};
}

}  // namespace

std::string GcsClient::UrlOf(const GcsCall& call) const {
  if (!call.full_url.empty()) return call.full_url;
  const std::string query = CanonicalQuery(call.query);
  return fmt::format("{}{}/storage/v1/b/{}{}{}{}", endpoint_, call.upload ? "/upload" : "", AwsEscape(bucket_), call.path,
                     query.empty() ? "" : "?", query);
}

absl::StatusOr<TransportResponse> GcsClient::Do(const Context& ctx, const GcsCall& call) {
  TransportRequest request{.method = call.method,
                           .url = UrlOf(call),
                           .headers = call.headers,
                           .body = call.body,
                           .file = call.file,
                           .into = call.into,
                           .text_bytes_max = call.text_bytes_max};
  for (int attempt = 1;; ++attempt) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    BearerToken token{.token = "", .expires = std::nullopt, .source = "nobody"};
    if (tokens_ != nullptr) {
      absl::StatusOr<BearerToken> current = tokens_->Get(ctx);
      if (!current.ok()) return Annotate(current.status(), "{} {}", call.what, bucket_);
      token = *std::move(current);
      request.headers.Set("Authorization", "Bearer " + token.token);
    }
    absl::StatusOr<TransportResponse> response = transport_->Do(ctx, request);
    if (!response.ok()) return Annotate(response.status(), "{} {}", call.what, bucket_);
    if (response->status / 100 == 2 || response->status == 308) return response;
    if (response->status == 401 && attempt == 1 && tokens_ != nullptr && tokens_->Renew(ctx, token)) continue;
    return Failure(call, *response, token);
  }
}

absl::Status GcsClient::Failure(const GcsCall& call, const TransportResponse& response, const BearerToken& token) const {
  const Refusal refusal = ParseRefusal(response.text);
  const Verdict verdict = VerdictOn(call, response.status, refusal, token);
  std::string words = fmt::format("HTTP {} {} {}", response.status, refusal.reason, refusal.message);
  words = WithoutText(std::move(words), token.token);
  words.resize(std::min(words.size(), kServerWordsMax));
  absl::Status status = MakeStatus(verdict.code, fmt::format("{} {}{}{}: {} ({})", call.what, bucket_,
                                                             call.key.empty() ? "" : "/", call.key, verdict.advice, words));
  const std::string_view retry_after = response.headers.Get("Retry-After");
  const auto delay = retry_after.empty() ? std::nullopt : ParseRetryAfter(retry_after, clock_.NowMs() / 1000);
  return delay.has_value() && IsRetryable(status) ? WithRetryAfter(std::move(status), *delay) : status;
}

}  // namespace varve
