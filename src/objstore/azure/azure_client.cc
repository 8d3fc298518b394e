#include "objstore/azure/azure_client.h"

#include <algorithm>
#include <ctime>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/azure/shared_key.h"
#include "objstore/bucket_errors.h"
#include "objstore/digests.h"
#include "objstore/s3/s3_answers.h"
#include "objstore/s3/sigv4.h"

namespace varve {
namespace {

using Code = absl::StatusCode;

constexpr std::string_view kVersion = "2020-10-02";
constexpr std::string_view kNoContainer = "there is no such container";
constexpr size_t kServerWordsMax = 300;

std::string PathOfUrl(std::string_view url) {
  const size_t host = url.find("://") + 3;
  const size_t slash = url.find('/', host);
  return slash == std::string_view::npos ? "" : std::string(url.substr(slash));
}

std::string HttpDate(TimestampMs now) {
  const auto seconds = static_cast<time_t>(now / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday, kMonths[utc.tm_mon],
                     utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

struct Verdict {
  Code code;
  std::string advice;
};

Verdict VerdictByStatus(const AzureCall& call, int status, const std::string& who) {
  if (status == 404 && !call.key.empty()) return {Code::kNotFound, "there is no such object"};
  if (status == 404) return {Code::kFailedPrecondition, fmt::format("{}: check container and storage_account", kNoContainer)};
  if (status == 401 || status == 403) {
    return {Code::kPermissionDenied,
            fmt::format("access denied ({}): the role Storage Blob Data Contributor, or the rights of the signature, "
                        "must cover it, and the account's firewall must let us in",
                        who)};
  }
  if (status == 409 || status == 412) return {Code::kAlreadyExists, "the object is there already"};
  if (status == 416) return {Code::kOutOfRange, "the range begins behind the end of the object"};
  if (status == 429) return {Code::kResourceExhausted, "the server asks for fewer requests"};
  if (status == 408 || status / 100 == 5) return {Code::kUnavailable, "the server cannot answer now"};
  return {Code::kFailedPrecondition, "the server refused"};
}

Verdict VerdictOn(const AzureCall& call, int status, std::string_view code, const std::string& who) {
  if (code == "ContainerNotFound")
    return {Code::kFailedPrecondition, fmt::format("{}: check container and storage_account", kNoContainer)};
  if (code == "ContainerBeingDeleted") return {Code::kUnavailable, "the container is being deleted"};
  if (code == "ContainerAlreadyExists") return {Code::kAlreadyExists, "the container is there already"};
  if (code == "AuthenticationFailed") {
    return {Code::kPermissionDenied,
            fmt::format("the server does not accept who we are ({}): check storage_account_key, and the clock of this "
                        "machine",
                        who)};
  }
  if (code == "ServerBusy") return {Code::kResourceExhausted, "the server asks for fewer requests"};
  if (code == "Md5Mismatch") return {Code::kUnavailable, "the content was damaged on the way"};
  if (code == "LeaseIdMissing") return {Code::kFailedPrecondition, "somebody holds a lease of the object"};
  return VerdictByStatus(call, status, who);
}

}  // namespace

AzureClient::AzureClient(AzureConfig config, std::unique_ptr<HttpTransport> transport,
                         std::unique_ptr<Expiring<BearerToken>> tokens, Clock& clock)
    : config_(std::move(config)),
      account_path_(PathOfUrl(config_.base_url)),
      key_(FromBase64(config_.account_key).value_or("")),
      transport_(std::move(transport)),
      tokens_(std::move(tokens)),
      clock_(clock) {}

std::string AzureClient::PathOf(const AzureCall& call) const {
  return fmt::format("{}/{}{}{}", account_path_, AwsEscape(config_.container), call.key.empty() ? "" : "/",
                     EscapeObjectPath(call.key));
}

void AzureClient::Sign(const AzureCall& call, const std::string& path, TransportRequest& request) const {
  request.headers.Set("x-ms-date", HttpDate(clock_.NowMs()));
  request.headers.Set("x-ms-version", kVersion);
  if (key_.empty()) return;
  request.headers.Set("Authorization",
                      SharedKeyAuthorization({.method = call.method,
                                              .path = path,
                                              .query = call.query,
                                              .headers = request.headers,
                                              .content_length = call.file.has_value() ? call.file->size : call.body.size()},
                                             config_.account, key_));
}

absl::StatusOr<TransportResponse> AzureClient::Do(const Context& ctx, const AzureCall& call) {
  const std::string path = PathOf(call);
  std::string query = CanonicalQuery(call.query);
  if (!config_.sas.empty()) query += (query.empty() ? "" : "&") + config_.sas;
  const std::string origin = config_.base_url.substr(0, config_.base_url.size() - account_path_.size());
  for (int attempt = 1;; ++attempt) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    TransportRequest request{.method = call.method,
                             .url = fmt::format("{}{}{}{}", origin, path, query.empty() ? "" : "?", query),
                             .headers = call.headers,
                             .body = call.body,
                             .file = call.file,
                             .into = call.into,
                             .text_bytes_max = call.text_bytes_max};
    Sign(call, path, request);
    BearerToken token{.token = "", .expires = std::nullopt, .source = "the configured key"};
    if (tokens_ != nullptr) {
      absl::StatusOr<BearerToken> current = tokens_->Get(ctx);
      if (!current.ok()) return Annotate(current.status(), "{} {}", call.what, config_.container);
      token = *std::move(current);
      request.headers.Set("Authorization", "Bearer " + token.token);
    }
    absl::StatusOr<TransportResponse> response = transport_->Do(ctx, request);
    if (!response.ok()) return Annotate(response.status(), "{} {}", call.what, config_.container);
    if (response->status / 100 == 2) return response;
    if (response->status == 401 && attempt == 1 && tokens_ != nullptr && tokens_->Renew(ctx, token)) continue;
    return Failure(call, *response, token);
  }
}

absl::Status AzureClient::Failure(const AzureCall& call, const TransportResponse& response, const BearerToken& token) const {
  const S3Error error = ParseS3Error(response.text);  // of the same shape
  std::string code(response.headers.Get("x-ms-error-code"));
  if (code.empty()) code = error.code;
  const std::string place = fmt::format("{} {}{}{}", call.what, config_.container, call.key.empty() ? "" : "/", call.key);
  if (code == "BlobArchived" || code == "BlobBeingRehydrated") return Annotate(ArchivedObject(call.key, "Archive"), "{}", place);
  const Verdict verdict = VerdictOn(call, response.status, code, token.source);
  std::string words = fmt::format("HTTP {} {}: {}", response.status, code, error.message.substr(0, error.message.find('\n')));
  for (const std::string* secret : {&token.token, &config_.account_key, &config_.sas})
    words = WithoutText(std::move(words), *secret);
  words.resize(std::min(words.size(), kServerWordsMax));
  absl::Status status = MakeStatus(verdict.code, fmt::format("{}: {} ({}, request id {})", place, verdict.advice, words,
                                                             response.headers.Get("x-ms-request-id")));
  const std::string_view retry_after = response.headers.Get("Retry-After");
  const auto delay = retry_after.empty() ? std::nullopt : ParseRetryAfter(retry_after, clock_.NowMs() / 1000);
  return delay.has_value() && IsRetryable(status) ? WithRetryAfter(std::move(status), *delay) : status;
}

bool IsContainerMissing(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) && Message(status).find(kNoContainer) != std::string_view::npos;
}

}  // namespace varve
