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

std::string CodeOf(const TransportResponse& response) {
  const std::string_view code = response.headers.Get("x-ms-error-code");
  return code.empty() ? ParseS3Error(response.text).code : std::string(code);  // of the same shape
}

}  // namespace

AzureClient::AzureClient(AzureConfig config, std::unique_ptr<HttpTransport> transport,
                         std::unique_ptr<Expiring<BearerToken>> tokens, Clock& clock)
    : config_(std::move(config)),
      account_path_(PathOfUrl(config_.base_url)),
      transport_(std::move(transport)),
      tokens_(std::move(tokens)),
      keys_(tokens_ == nullptr ? MakeAzureKeys(config_, clock) : nullptr),
      clock_(clock) {}

std::string AzureClient::PathOf(const AzureCall& call) const {
  return fmt::format("{}/{}{}{}", account_path_, AwsEscape(config_.container), call.key.empty() ? "" : "/",
                     EscapeObjectPath(call.key));
}

absl::StatusOr<AzureClient::Proof> AzureClient::GetProof(const Context& ctx) {
  Proof proof;
  if (tokens_ != nullptr) {
    VARVE_ASSIGN_OR_RETURN(proof.token, tokens_->Get(ctx));
  } else {
    VARVE_ASSIGN_OR_RETURN(proof.key, keys_->Get(ctx));
  }
  return proof;
}

// Tokens are refused by 401, keys and signatures by 403 with a code of its own.
bool AzureClient::Renew(const Context& ctx, const TransportResponse& response, const Proof& refused) {
  if (tokens_ != nullptr) return response.status == 401 && tokens_->Renew(ctx, refused.token);
  return CodeOf(response) == "AuthenticationFailed" && keys_->Renew(ctx, refused.key);
}

void AzureClient::Sign(const AzureCall& call, const std::string& path, const AzureKey& key, TransportRequest& request) const {
  request.headers.Set("x-ms-date", HttpDate(clock_.NowMs()));
  request.headers.Set("x-ms-version", kVersion);
  const std::string decoded = FromBase64(key.key).value_or("");
  if (decoded.empty()) return;
  request.headers.Set("Authorization",
                      SharedKeyAuthorization({.method = call.method,
                                              .path = path,
                                              .query = call.query,
                                              .headers = request.headers,
                                              .content_length = call.file.has_value() ? call.file->size : call.body.size()},
                                             config_.account, decoded));
}

absl::StatusOr<TransportResponse> AzureClient::Do(const Context& ctx, const AzureCall& call) {
  const std::string path = PathOf(call);
  const std::string origin = config_.base_url.substr(0, config_.base_url.size() - account_path_.size());
  for (int attempt = 1;; ++attempt) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    const absl::StatusOr<Proof> proof = GetProof(ctx);
    if (!proof.ok()) return Annotate(proof.status(), "{} {}", call.what, config_.container);
    std::string query = CanonicalQuery(call.query);
    if (!proof->key.sas.empty()) query += (query.empty() ? "" : "&") + proof->key.sas;
    TransportRequest request{.method = call.method,
                             .url = fmt::format("{}{}{}{}", origin, path, query.empty() ? "" : "?", query),
                             .headers = call.headers,
                             .body = call.body,
                             .file = call.file,
                             .into = call.into,
                             .text_bytes_max = call.text_bytes_max};
    Sign(call, path, proof->key, request);
    if (tokens_ != nullptr) request.headers.Set("Authorization", "Bearer " + proof->token.token);
    absl::StatusOr<TransportResponse> response = transport_->Do(ctx, request);
    if (!response.ok()) return Annotate(response.status(), "{} {}", call.what, config_.container);
    if (response->status / 100 == 2) return response;
    if (attempt == 1 && Renew(ctx, *response, *proof)) continue;
    return Failure(call, *response, *proof);
  }
}

absl::Status AzureClient::Failure(const AzureCall& call, const TransportResponse& response, const Proof& proof) const {
  const S3Error error = ParseS3Error(response.text);
  const std::string code = CodeOf(response);
  const std::string place = fmt::format("{} {}{}{}", call.what, config_.container, call.key.empty() ? "" : "/", call.key);
  if (code == "BlobArchived" || code == "BlobBeingRehydrated") return Annotate(ArchivedObject(call.key, "Archive"), "{}", place);
  const Verdict verdict = VerdictOn(call, response.status, code, proof.source());
  std::string words = fmt::format("HTTP {} {}: {}", response.status, code, error.message.substr(0, error.message.find('\n')));
  for (const std::string* secret : {&proof.token.token, &proof.key.key, &proof.key.sas})
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
