#include "net/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "runtime/files.h"

namespace varve {
namespace {

constexpr int kPollMs = 1000;  // a stop wakes the poll earlier
constexpr long kRedirectsMax = 10;

void InitCurlOnce() { [[maybe_unused]] static const CURLcode code = curl_global_init(CURL_GLOBAL_ALL); }

// A connection cache with one transfer at a time. Used by one call, then kept for the next one.
struct Session {
  CURLM* multi = curl_multi_init();
  CURL* easy = curl_easy_init();

  Session() { VARVE_CHECK(multi != nullptr && easy != nullptr); }
  ~Session() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void AddHeader(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  VARVE_CHECK(longer != nullptr);
  list.release();
  list.reset(longer);
}

// What libcurl's callbacks fill while a transfer runs.
struct Transfer {
  const HttpClientRequest& request;
  const HttpClient::AnswerSink* sink = nullptr;  // null: keep the body
  CURL* easy = nullptr;
  HttpClientResponse response;
  uint64_t body_bytes = 0;
  absl::Status failure;  // why a callback broke the transfer off

  static size_t OnHeader(char* data, size_t size, size_t count, void* self) {
    return static_cast<Transfer*>(self)->Header({data, size * count});
  }
  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    return static_cast<Transfer*>(self)->Body({data, size * count});
  }

  size_t Header(std::string_view line) {
    const size_t length = line.size();
    if (line.starts_with("HTTP/")) response.headers = HttpHeaders();  // of the next answer after a redirect
    while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
    if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
      std::string_view value = line.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
      response.headers.Add(line.substr(0, colon), value);
    }
    return length;
  }

  size_t Body(std::string_view bytes) {
    body_bytes += bytes.size();
    if (body_bytes > request.response_bytes_max) {
      failure = ResourceExhausted("the answer is longer than {} bytes", request.response_bytes_max);
    } else if (sink != nullptr && Status() / 100 == 2) {
      failure = (*sink)(response.headers, bytes);
    } else {
      response.body += bytes;
    }
    return failure.ok() ? bytes.size() : 0;
  }

  int Status() const {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
  }
};

long ToLongMs(std::chrono::steady_clock::duration duration) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<long>(std::clamp<int64_t>(ms, 1, std::numeric_limits<int32_t>::max()));
}

absl::Status ToStatus(CURLcode code) {
  const char* reason = curl_easy_strerror(code);
  switch (code) {
    case CURLE_OK: return absl::OkStatus();
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return InvalidArgument("{}", reason);
    case CURLE_OPERATION_TIMEDOUT: return DeadlineExceeded("{}", reason);
    default: return Unavailable("{}", reason);
  }
}

absl::StatusOr<std::string> ReadSecret(const std::string& inline_secret, const std::string& file) {
  if (file.empty()) return inline_secret;
  VARVE_ASSIGN_OR_RETURN(std::string text, RealFiles().ReadAll(file));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(HttpClientConfig config) : config_(std::move(config)) {}

  absl::StatusOr<HttpClientResponse> Do(const Context& ctx, const HttpClientRequest& request, const AnswerSink* sink) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    std::unique_ptr<Session> session = Take();
    Transfer transfer{.request = request, .sink = sink, .easy = session->easy};
    absl::Status status = Run(ctx, *session, transfer);
    if (status.ok()) {
      transfer.response.status = transfer.Status();
      GiveBack(std::move(session));
      return std::move(transfer.response);
    }
    return Annotate(status, "{} {}", request.method, request.url.substr(0, request.url.find('?')));
  }

 private:
  absl::Status Run(const Context& ctx, Session& session, Transfer& transfer) {
    curl_easy_reset(session.easy);
    HeaderList headers(nullptr, curl_slist_free_all);
    VARVE_RETURN_IF_ERROR(SetRequest(session.easy, transfer.request, headers));
    VARVE_RETURN_IF_ERROR(SetAuth(session.easy, headers));
    HeaderList connect_to(nullptr, curl_slist_free_all);
    VARVE_RETURN_IF_ERROR(SetTls(session.easy, transfer.request.url, headers, connect_to));
    SetLimits(ctx, session.easy);
    curl_easy_setopt(session.easy, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(session.easy, CURLOPT_HEADERFUNCTION, Transfer::OnHeader);
    curl_easy_setopt(session.easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(session.easy, CURLOPT_WRITEFUNCTION, Transfer::OnBody);
    curl_easy_setopt(session.easy, CURLOPT_WRITEDATA, &transfer);
    curl_multi_add_handle(session.multi, session.easy);
    const absl::Status status = Drive(ctx, session, transfer);
    curl_multi_remove_handle(session.multi, session.easy);
    return status;
  }

  // Until the transfer is done or nobody wants it any more.
  static absl::Status Drive(const Context& ctx, Session& session, Transfer& transfer) {
    const std::stop_callback wake(ctx.stop_token(), [&session] { curl_multi_wakeup(session.multi); });
    int running = 1;
    while (true) {
      CURLMcode code = curl_multi_perform(session.multi, &running);
      if (code != CURLM_OK) return Internal("libcurl: {}", curl_multi_strerror(code));
      if (running == 0) break;
      VARVE_RETURN_IF_ERROR(ctx.Check());
      code = curl_multi_poll(session.multi, nullptr, 0, kPollMs, nullptr);
      if (code != CURLM_OK) return Internal("libcurl: {}", curl_multi_strerror(code));
    }
    if (!transfer.failure.ok()) return transfer.failure;
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(session.multi, &left);
    VARVE_CHECK(message != nullptr && message->msg == CURLMSG_DONE);
    return ToStatus(message->data.result);
  }

  absl::Status SetRequest(CURL* easy, const HttpClientRequest& request, HeaderList& headers) const {
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kRedirectsMax);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "varve");
    if (config_.compression) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (!config_.proxy_url.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, config_.proxy_url.c_str());
    if (request.method == "HEAD") {
      curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET") {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      if (request.method != "POST") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
      AddHeader(headers, "Expect:");  // do not wait for 100 Continue
    }
    for (const auto& [name, value] : request.headers.fields()) {
      if (name.find_first_of("\r\n:") != std::string::npos || value.find_first_of("\r\n") != std::string::npos) {
        return InvalidArgument("header {:?} has a line break", name);
      }
      AddHeader(headers, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    }
    return absl::OkStatus();
  }

  // Secrets in files are read for each request, so that they may change.
  absl::Status SetAuth(CURL* easy, HeaderList& headers) const {
    if (!config_.basic_username.empty()) {
      VARVE_ASSIGN_OR_RETURN(const std::string password, ReadSecret(config_.basic_password, config_.basic_password_file));
      curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      curl_easy_setopt(easy, CURLOPT_USERNAME, config_.basic_username.c_str());
      curl_easy_setopt(easy, CURLOPT_PASSWORD, password.c_str());
    }
    VARVE_ASSIGN_OR_RETURN(const std::string token, ReadSecret(config_.bearer_token, config_.bearer_token_file));
    if (!token.empty()) AddHeader(headers, "Authorization: Bearer " + token);
    return absl::OkStatus();
  }

  absl::Status SetTls(CURL* easy, const std::string& url, HeaderList& headers, HeaderList& connect_to) const {
    const TlsClientConfig& tls = config_.tls;
    if (!tls.server_name.empty()) VARVE_RETURN_IF_ERROR(SetServerName(easy, url, headers, connect_to));
    if (!tls.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
    if (!tls.cert_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.cert_file.c_str());
      curl_easy_setopt(easy, CURLOPT_SSLKEY, tls.key_file.c_str());
    }
    if (tls.insecure_skip_verify) {
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, tls.min_version == "1.3" ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2);
    return absl::OkStatus();
  }

  // libcurl takes the expected name from the URL: put it there, and say where to connect and what host to ask for instead.
  absl::Status SetServerName(CURL* easy, const std::string& url, HeaderList& headers, HeaderList& connect_to) const {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
    const auto get = [&](CURLUPart part, unsigned flags) {
      char* text = nullptr;
      std::string value;
      if (curl_url_get(parts.get(), part, &text, flags) == CURLUE_OK) value = text;
      curl_free(text);
      return value;
    };
    if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return InvalidArgument("not a URL: {:?}", url);
    const std::string host = get(CURLUPART_HOST, 0);
    const std::string port = get(CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (get(CURLUPART_SCHEME, 0) != "https") return absl::OkStatus();
    curl_url_set(parts.get(), CURLUPART_HOST, config_.tls.server_name.c_str(), 0);
    curl_easy_setopt(easy, CURLOPT_URL, get(CURLUPART_URL, 0).c_str());
    AddHeader(connect_to, fmt::format("::{}:{}", host, port));
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to.get());
    AddHeader(headers, fmt::format("Host: {}:{}", host, port));
    return absl::OkStatus();
  }

  void SetLimits(const Context& ctx, CURL* easy) const {
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(config_.connect_timeout_ms + config_.tls_handshake_timeout_ms));
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(std::max<int64_t>(config_.idle_timeout_ms / 1000, 1)));
    if (config_.response_header_timeout_ms > 0) {
      curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                       static_cast<long>((config_.response_header_timeout_ms + 999) / 1000));
    }
    if (ctx.deadline().has_value()) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ToLongMs(ctx.time_left()));
  }

  std::unique_ptr<Session> Take() {
    MutexLock lock(mutex_);
    if (idle_.empty()) return std::make_unique<Session>();
    std::unique_ptr<Session> session = std::move(idle_.back());
    idle_.pop_back();
    return session;
  }

  // Only after success: what a failed transfer left behind is not worth finding out.
  void GiveBack(std::unique_ptr<Session> session) {
    MutexLock lock(mutex_);
    if (idle_.size() < static_cast<size_t>(std::max(config_.idle_connections_max, 0))) idle_.push_back(std::move(session));
  }

  const HttpClientConfig config_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Make(HttpClientConfig config) {
  InitCurlOnce();
  VARVE_RETURN_IF_ERROR(config.tls.Check());
  return std::unique_ptr<HttpClient>(new HttpClient(std::make_unique<Impl>(std::move(config))));
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

absl::StatusOr<HttpClientResponse> HttpClient::Do(const Context& ctx, const HttpClientRequest& request) {
  return impl_->Do(ctx, request, nullptr);
}

absl::StatusOr<HttpClientResponse> HttpClient::DoStreaming(const Context& ctx, const HttpClientRequest& request,
                                                           const BodySink& sink) {
  const AnswerSink without_headers = [&sink](const HttpHeaders&, std::string_view bytes) { return sink(bytes); };
  return impl_->Do(ctx, request, &without_headers);
}

absl::StatusOr<HttpClientResponse> HttpClient::DoStreaming(const Context& ctx, const HttpClientRequest& request,
                                                           const AnswerSink& sink) {
  return impl_->Do(ctx, request, &sink);
}

}  // namespace varve
