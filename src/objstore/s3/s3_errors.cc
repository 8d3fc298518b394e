#include "objstore/s3/s3_errors.h"

#include <algorithm>

#include "base/errors.h"
#include "objstore/bucket_errors.h"
#include "objstore/iso_time.h"
#include "objstore/s3/s3_endpoint.h"

namespace varve {
namespace {

using Code = absl::StatusCode;

constexpr size_t kServerWordsMax = 300;

template <size_t N>
bool IsOneOf(std::string_view code, const std::string_view (&codes)[N]) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

constexpr std::string_view kThrottled[] = {"SlowDown",   "SlowDownRead",        "SlowDownWrite",        "TooManyRequests",
                                           "Throttling", "ThrottlingException", "RequestLimitExceeded", "BandwidthLimitExceeded"};
constexpr std::string_view kPasses[] = {"InternalError", "ServiceUnavailable", "RequestTimeout", "OperationAborted",
                                        "ConditionalRequestConflict"};
constexpr std::string_view kDamagedOnTheWay[] = {"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch",
                                                 "IncompleteBody", "InvalidDigest"};
constexpr std::string_view kExpired[] = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"};
constexpr std::string_view kSkewed[] = {"RequestTimeTooSkewed", "RequestExpired"};
constexpr std::string_view kElsewhere[] = {"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
                                           "IllegalLocationConstraintException"};

struct Verdict {
  Code code;
  std::string advice;
};

std::string SkewAdvice(const S3Failure& failure) {
  const TimestampMs server = HttpDateMs(failure.response.headers.Get("Date"));
  std::string by;
  if (server > 0) {
    const int64_t seconds = (failure.now - server) / 1000;
    by = fmt::format(" by {} s ({})", std::abs(seconds), seconds > 0 ? "it is ahead" : "it is behind");
  }
  return fmt::format("the clock of this machine differs from the server's{}: set it right (NTP)", by);
}

// Refusals of who we are.
std::optional<Verdict> IdentityVerdict(const S3Failure& f) {
  const std::string& source = f.credentials.source;
  if (f.error.code == "InvalidAccessKeyId") {
    return Verdict{Code::kPermissionDenied,
                   fmt::format("the server does not know the access key ({}): check access_key and endpoint", source)};
  }
  if (f.error.code == "SignatureDoesNotMatch") {
    return Verdict{Code::kPermissionDenied,
                   fmt::format("the secret key does not belong to the access key ({}): check access_key and secret_key", source)};
  }
  if (IsOneOf(f.error.code, kExpired)) {
    return Verdict{Code::kPermissionDenied,
                   fmt::format("the session token has expired or is not valid ({}): renew session_token, or use "
                               "a role that renews itself",
                               source)};
  }
  if (IsOneOf(f.error.code, kSkewed)) return Verdict{Code::kFailedPrecondition, SkewAdvice(f)};
  if (IsOneOf(f.error.code, kElsewhere) || f.response.status / 100 == 3) {
    const std::string region = RegionHint(f.response, f.error);
    return Verdict{Code::kFailedPrecondition,
                   fmt::format("the bucket is not in region {:?}: set `region`{} and the endpoint of that region", f.region,
                               region.empty() ? "" : fmt::format(" to {:?}", region))};
  }
  return std::nullopt;
}

std::optional<Verdict> VerdictByCode(const S3Failure& f) {
  const std::string& code = f.error.code;
  if (code == "NoSuchKey" || code == "NoSuchVersion") return Verdict{Code::kNotFound, "there is no such object"};
  if (code == "NoSuchBucket") {
    return Verdict{Code::kFailedPrecondition, "there is no such bucket: check bucket, endpoint and region, or make the bucket"};
  }
  if (code == "AccessDenied" || code == "AllAccessDisabled" || code == "AccountProblem") {
    return Verdict{Code::kPermissionDenied, fmt::format("access denied ({}): the policies of user and bucket must allow {}",
                                                        f.credentials.source, f.permission)};
  }
  if (IsOneOf(code, kThrottled)) return Verdict{Code::kResourceExhausted, "the server asks for fewer requests"};
  if (IsOneOf(code, kPasses)) return Verdict{Code::kUnavailable, "the server cannot answer now"};
  if (IsOneOf(code, kDamagedOnTheWay)) return Verdict{Code::kUnavailable, "the content was damaged on the way"};
  if (code == "QuotaExceeded") return Verdict{Code::kFailedPrecondition, "the quota of the bucket or user is used up"};
  if (code == "PreconditionFailed") return Verdict{Code::kAlreadyExists, "the object is there already"};
  if (code == "InvalidRange") return Verdict{Code::kOutOfRange, "the range begins behind the end of the object"};
  if (code == "NotImplemented") return Verdict{Code::kUnimplemented, "the server does not offer this"};
  return std::nullopt;
}

Verdict VerdictByStatus(const S3Failure& f) {
  const int status = f.response.status;
  if (status == 404 && !f.key.empty()) return {Code::kNotFound, "there is no such object"};
  if (status == 404) return {Code::kFailedPrecondition, "there is no such bucket: check bucket, endpoint and region"};
  if (status == 401 || status == 403) {
    return {Code::kPermissionDenied,
            fmt::format("access denied ({}): check access_key and secret_key; the policies of user and bucket must "
                        "allow {}",
                        f.credentials.source, f.permission)};
  }
  if (status == 412) return {Code::kAlreadyExists, "the object is there already"};
  if (status == 416) return {Code::kOutOfRange, "the range begins behind the end of the object"};
  if (status == 429) return {Code::kResourceExhausted, "the server asks for fewer requests"};
  if (status == 501) return {Code::kUnimplemented, "the server does not offer this"};
  if (status == 408 || status / 100 == 5) return {Code::kUnavailable, "the server cannot answer now"};
  return {Code::kFailedPrecondition, f.error.code.empty() ? "this is no answer of S3: check the endpoint" : "the server refused"};
}

std::string ServersWords(const S3Failure& f) {
  std::string words = fmt::format("HTTP {}", f.response.status);
  if (!f.error.code.empty()) words += " " + f.error.code;
  if (!f.error.message.empty()) words += ": " + f.error.message;
  words = WithoutSecrets(std::move(words), f.credentials);
  words.resize(std::min(words.size(), kServerWordsMax));
  const std::string_view id = f.error.request_id.empty() ? f.response.headers.Get("x-amz-request-id") : f.error.request_id;
  if (!id.empty()) words += fmt::format(", request id {}", id.substr(0, 100));
  return words;
}

}  // namespace

bool IsAboutExpiredCredentials(std::string_view code) { return IsOneOf(code, kExpired) || code == "InvalidAccessKeyId"; }

std::string RegionHint(const TransportResponse& response, const S3Error& error) {
  if (const std::string_view header = response.headers.Get("x-amz-bucket-region"); !header.empty()) return std::string(header);
  if (!error.region.empty()) return error.region;
  const std::string_view endpoint = error.endpoint;  // bucket.s3-eu-west-1.amazonaws.com, and a bucket may have dots
  for (size_t at = endpoint.find("s3"); at != std::string_view::npos; at = endpoint.find("s3", at + 1)) {
    if (std::string region = RegionOfAwsEndpoint(endpoint.substr(at)); !region.empty()) return region;
  }
  return "";
}

absl::Status S3FailureStatus(const S3Failure& f) {
  const std::string place = f.key.empty() ? std::string(f.bucket) : fmt::format("{}/{}", f.bucket, f.key);
  if (f.error.code == "InvalidObjectState")
    return Annotate(ArchivedObject(f.key, f.error.storage_class), "{} {} at {}", f.what, place, f.endpoint);
  std::optional<Verdict> verdict = IdentityVerdict(f);
  if (!verdict.has_value()) verdict = VerdictByCode(f);
  if (!verdict.has_value()) verdict = VerdictByStatus(f);
  absl::Status status =
      MakeStatus(verdict->code, fmt::format("{} {} at {}: {} ({})", f.what, place, f.endpoint, verdict->advice, ServersWords(f)));
  const std::string_view retry_after = f.response.headers.Get("Retry-After");
  const auto delay = retry_after.empty() ? std::nullopt : ParseRetryAfter(retry_after, f.now / 1000);
  return delay.has_value() && IsRetryable(status) ? WithRetryAfter(std::move(status), *delay) : status;
}

}  // namespace varve
