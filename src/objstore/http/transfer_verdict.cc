#include "objstore/http/transfer_verdict.h"

#include <cstring>
#include <memory>

#include "base/errors.h"

namespace varve {
namespace {

bool Mentions(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

absl::Status UntrustedPeer(const FailedTransfer& failed) {
  const std::string_view advice =
      Mentions(failed.detail, "subject name") || Mentions(failed.detail, "subjectAltName")
          ? "the certificate is for another name: check the endpoint, or set http_config.tls_config.server_name"
          : "name the authority's file in http_config.tls_config.ca_file";
  return FailedPrecondition("the TLS certificate of {} is not trusted ({}): {}", failed.host, failed.detail, advice);
}

absl::Status FailedHandshake(const FailedTransfer& failed) {
  if (Mentions(failed.detail, "asn1 encoding routines")) return UntrustedPeer(failed);  // right name, wrong key
  if (Mentions(failed.detail, "wrong version number") || Mentions(failed.detail, "packet length too long")) {
    return FailedPrecondition("{} does not speak TLS ({}): for plain HTTP set `insecure: true`", failed.host, failed.detail);
  }
  if (Mentions(failed.detail, "alert")) {
    return FailedPrecondition("{} refused the TLS handshake ({}): does it want a client certificate (http_config.tls_config)?",
                              failed.host, failed.detail);
  }
  return Unavailable("the TLS handshake with {} failed: {}", failed.host, failed.detail);
}

}  // namespace

absl::StatusOr<UrlOrigin> OriginOf(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
  const auto get = [&](CURLUPart part) {
    char* text = nullptr;
    std::string value;
    if (curl_url_get(parts.get(), part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK) value = text;
    curl_free(text);
    return value;
  };
  const bool good = curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS) == CURLUE_OK;
  UrlOrigin origin{.scheme = get(CURLUPART_SCHEME), .host = get(CURLUPART_HOST), .port = get(CURLUPART_PORT)};
  if (!good || (origin.scheme != "http" && origin.scheme != "https")) return InvalidArgument("not a URL of http or https");
  return origin;
}

absl::Status TransferVerdict(const FailedTransfer& failed) {
  const char* reason = curl_easy_strerror(failed.code);
  const std::string_view detail = failed.detail.empty() ? std::string_view(reason) : failed.detail;
  const char* system = failed.system_error == 0 ? "no answer" : std::strerror(failed.system_error);
  switch (failed.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return Unavailable("cannot resolve the host of {}: check the endpoint of the bucket's config, and DNS", failed.host);
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Unavailable("cannot resolve the proxy on the way to {}: check http_config.proxy_url and HTTPS_PROXY", failed.host);
    case CURLE_COULDNT_CONNECT:
      return Unavailable("cannot connect to {} ({}): check the endpoint of the bucket's config", failed.host, system);
    case CURLE_PEER_FAILED_VERIFICATION: return UntrustedPeer(failed);
    case CURLE_SSL_CONNECT_ERROR: return FailedHandshake(failed);
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR: return FailedPrecondition("TLS to {}: {}: check http_config.tls_config", failed.host, detail);
    case CURLE_OPERATION_TIMEDOUT: return DeadlineExceeded("{} {}: {}", failed.phase, failed.host, detail);
    case CURLE_PARTIAL_FILE:
      return Unavailable("the answer of {} broke off after {} bytes ({})", failed.host, failed.answer_bytes, detail);
    case CURLE_GOT_NOTHING:
      return Unavailable("{} hung up without an answer{}", failed.host,
                         failed.tls ? "" : " (if it speaks TLS, leave out `insecure: true`)");
    case CURLE_URL_MALFORMAT: return InvalidArgument("{}", detail);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return FailedPrecondition("what {} answers is not HTTP: check the endpoint of the bucket's config", failed.host);
    default: return Unavailable("{} {}: {}", failed.phase, failed.host, detail);
  }
}

}  // namespace varve
