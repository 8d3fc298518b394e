#include "objstore/s3/s3_client.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/digests.h"
#include "objstore/s3/credentials_sources.h"
#include "objstore/s3/s3_answers.h"
#include "objstore/s3/s3_errors.h"
#include "objstore/s3/sigv4.h"

namespace varve {
namespace {

constexpr int kAttemptsMax = 3;  // the first, one for the region, one for the keys

}  // namespace

S3Client::S3Client(S3Config config, std::unique_ptr<HttpTransport> transport, const Logger& logger, Clock& clock)
    : config_(std::move(config)),
      transport_(std::move(transport)),
      logger_(logger.With({{"bucket", config_.bucket}})),
      clock_(clock),
      endpoint_(config_) {}

absl::Status S3Client::Init() {
  VARVE_ASSIGN_OR_RETURN(credentials_, MakeCredentials(config_, {.clock = &clock_}));
  return absl::OkStatus();
}

absl::StatusOr<TransportResponse> S3Client::Do(const Context& ctx, const S3Call& call) {
  for (int attempt = 1;; ++attempt) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    absl::StatusOr<AwsCredentials> credentials = credentials_->Get(ctx);
    if (!credentials.ok()) return Annotate(credentials.status(), "{} {}", call.what, config_.bucket);
    const S3Address address = endpoint_.Address();
    const TimestampMs started = clock_.NowMs();
    absl::StatusOr<TransportResponse> response = Send(ctx, call, address, *credentials);
    if (config_.trace) Trace(call, address, response, started);
    if (!response.ok()) return Annotate(response.status(), "{} {}", call.what, config_.bucket);
    if (response->status / 100 == 2) return response;
    const S3Error error = ParseS3Error(response->text);
    const std::string hint = RegionHint(*response, error);
    if (attempt < kAttemptsMax && Adapt(ctx, *response, error.code, hint, *credentials)) continue;
    if (attempt == 1 && call.method == "HEAD" && response->status == 400) {
      VARVE_RETURN_IF_ERROR(AskForWords(ctx));
      continue;
    }
    return S3FailureStatus({.what = call.what,
                            .permission = call.permission,
                            .bucket = config_.bucket,
                            .key = call.key,
                            .endpoint = address.host,
                            .region = address.region,
                            .credentials = *credentials,
                            .response = *response,
                            .error = error,
                            .now = clock_.NowMs()});
  }
}

absl::StatusOr<TransportResponse> S3Client::Send(const Context& ctx, const S3Call& call, const S3Address& address,
                                                 const AwsCredentials& credentials) {
  TransportRequest request{.method = call.method,
                           .url = "",
                           .headers = call.headers,
                           .body = call.body,
                           .file = call.file,
                           .into = call.into,
                           .text_bytes_max = call.text_bytes_max};
  const std::string path = fmt::format("{}/{}", address.path, EscapeObjectPath(call.key));
  const std::string query = CanonicalQuery(call.query);
  const std::string content_sha256 = call.content_sha256.empty() ? HexOf(Sha256(call.body)) : call.content_sha256;
  const SigningScope scope{.date = AwsDate(clock_.NowMs()), .region = address.region};
  request.url = fmt::format("{}{}{}{}", address.origin, path, query.empty() ? "" : "?", query);
  request.headers.Set("Host", address.host);
  request.headers.Set("x-amz-date", scope.date);
  request.headers.Set("x-amz-content-sha256", content_sha256);
  if (!credentials.session_token.empty()) request.headers.Set("x-amz-security-token", credentials.session_token);
  request.headers.Set(
      "Authorization",
      SigV4Authorization(
          {.method = call.method, .path = path, .query = query, .headers = request.headers, .content_sha256 = content_sha256},
          {credentials.access_key, credentials.secret_key}, scope));
  return transport_->Do(ctx, request);
}

// Whether the same call is worth another try by what was learned from the refusal.
bool S3Client::Adapt(const Context& ctx, const TransportResponse& response, std::string_view code, std::string_view region_hint,
                     const AwsCredentials& credentials) {
  const bool about_region = response.status / 100 == 3 || response.status == 400;
  if (about_region && !region_hint.empty() && endpoint_.SetRegion(region_hint)) {
    logger_.Warn("the bucket is in another region than configured; set `region` to spare a request at each start",
                 {{"region", region_hint}});
    return true;
  }
  return IsAboutExpiredCredentials(code) && credentials_->Renew(ctx, credentials);
}

// A refusal of HEAD has no body. Whatever was wrong with it is wrong with a listing too, whose refusal has words, and may adapt.
absl::Status S3Client::AskForWords(const Context& ctx) {
  S3Call call{.what = "list", .permission = "s3:ListBucket"};
  call.query.Add("max-keys", "1");
  return Do(ctx, call).status();
}

void S3Client::Trace(const S3Call& call, const S3Address& address, const absl::StatusOr<TransportResponse>& response,
                     TimestampMs started) const {
  logger_.Debug("s3 request", {{"method", call.method},
                               {"host", address.host},
                               {"key", call.key},
                               {"query", CanonicalQuery(call.query)},
                               {"range", call.headers.Get("Range")},
                               {"status", response.ok() ? response->status : 0},
                               {"request_id", response.ok() ? response->headers.Get("x-amz-request-id") : ""},
                               {"ms", clock_.NowMs() - started}});
}

}  // namespace varve
