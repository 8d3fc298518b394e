#include "objstore/http/transfer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/http/transfer_verdict.h"

namespace varve {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDialTimeout{30'000};       // as Thanos'
constexpr uint64_t kErrorTextBytesMax = 64 << 10;  // what is kept of the body of an answer that is an error
constexpr uint64_t kWavedOnBytesMin = 1 << 20;     // longer bodies ask before they are sent

// This machine, and what clouds put beside it to ask for credentials.
bool IsLocal(const std::string& host) {
  return host == "localhost" || host.starts_with("127.") || host.starts_with("169.254.") || host == "[::1]";
}

}  // namespace

Transfer::Transfer(const Context& ctx, const ObjstoreHttpConfig& config, const TransportRequest& request)
    : ctx_(ctx),
      config_(config),
      request_(request),
      easy_(curl_easy_init(), curl_easy_cleanup),
      headers_(nullptr, curl_slist_free_all),
      connect_to_(nullptr, curl_slist_free_all) {
  VARVE_CHECK(easy_ != nullptr);
}

Transfer& Transfer::Of(CURL* easy) {
  Transfer* transfer = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  VARVE_CHECK(transfer != nullptr);
  return *transfer;
}

void Transfer::Append(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  VARVE_CHECK(longer != nullptr);
  list.release();
  list.reset(longer);
}

absl::Status Transfer::Prepare() {
  CURL* easy = easy_.get();
  VARVE_ASSIGN_OR_RETURN(const UrlOrigin origin, OriginOf(request_.url));
  scheme_ = origin.scheme, host_ = origin.host, port_ = origin.port;
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "varve");
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(std::clamp<size_t>(request_.into.size(), 16 << 10, 256 << 10)));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>((kDialTimeout * 4).count()));  // CheckActive is stricter
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(std::max<int64_t>(config_.idle_conn_timeout_ms / 1000, 1)));
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnAnswer);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  SetBody();
  VARVE_RETURN_IF_ERROR(SetHeaders());
  SetProxy();
  return scheme_ == "https" ? SetTls() : absl::OkStatus();
}

void Transfer::SetBody() {
  CURL* easy = easy_.get();
  if (has_body()) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body_bytes()));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, OnSend);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, OnSeek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, static_cast<long>(std::clamp<uint64_t>(body_bytes(), 16 << 10, 256 << 10)));
    curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, static_cast<long>(config_.expect_continue_timeout_ms));
  }
  if (request_.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (request_.method != "GET" && request_.method != "HEAD") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

absl::Status Transfer::SetHeaders() {
  const bool asks_first = body_bytes() >= kWavedOnBytesMin && config_.expect_continue_timeout_ms > 0;
  Append(headers_, asks_first ? "Expect: 100-continue" : "Expect:");
  for (const auto& [name, value] : request_.headers.fields()) {
    if (name.find_first_of("\r\n:") != std::string::npos || value.find_first_of("\r\n") != std::string::npos) {
      return InvalidArgument("header {:?} has a line break", name);
    }
    Append(headers_, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return absl::OkStatus();
}

// libcurl reads the variables of the environment by itself, HTTP_PROXY aside: in a CGI script a client could set that one.
void Transfer::SetProxy() {
  const char* proxy = config_.proxy_url.empty() ? nullptr : config_.proxy_url.c_str();
  if (proxy == nullptr && IsLocal(host_)) proxy = "";  // none
  if (proxy == nullptr && scheme_ == "http" && std::getenv("http_proxy") == nullptr) proxy = std::getenv("HTTP_PROXY");
  if (proxy != nullptr) curl_easy_setopt(easy_.get(), CURLOPT_PROXY, proxy);
}

absl::Status Transfer::SetTls() {
  CURL* easy = easy_.get();
  const TlsClientConfig& tls = config_.tls;
  if (!tls.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.cert_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.cert_file.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, tls.key_file.c_str());
  }
  if (tls.insecure_skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, OnHandshake);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  return tls.server_name.empty() ? absl::OkStatus() : SetServerName();
}

// libcurl takes the expected name from the URL: put it there, and say where to connect and what host to ask for instead.
absl::Status Transfer::SetServerName() {
  const std::string_view rest = std::string_view(request_.url).substr(request_.url.find("://") + 3);
  const size_t path = std::min(rest.find_first_of("/?"), rest.size());
  curl_easy_setopt(easy_.get(), CURLOPT_URL, fmt::format("https://{}{}", config_.tls.server_name, rest.substr(path)).c_str());
  Append(connect_to_, fmt::format("::{}:{}", host_, port_));
  curl_easy_setopt(easy_.get(), CURLOPT_CONNECT_TO, connect_to_.get());
  if (!request_.headers.Has("Host")) {
    Append(headers_, fmt::format("Host: {}", rest.substr(0, path)));
    curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  }
  return absl::OkStatus();
}

void Transfer::WaitUntilDone() {
  MutexLock lock(mutex_);
  done_changed_.wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return done_; });
}

void Transfer::Started(TimePoint now) { started_ = last_progress_ = now; }

absl::Status Transfer::CheckWaiting() const {
  return Annotate(ctx_.Check(), "waiting for one of http_config.max_conns_per_host");
}

absl::Status Transfer::CheckActive(TimePoint now) {
  if (const absl::Status status = ctx_.Check(); !status.ok()) return Annotate(status, "{}", Phase());
  const auto too_long = [&](milliseconds limit, std::string_view setting) {
    return DeadlineExceeded("{} {}: took longer than {} ms ({})", Phase(), host_, limit.count(), setting);
  };
  if (!Reached(CURLINFO_PRETRANSFER_TIME_T) && handshake_started_.has_value()) {
    const milliseconds limit(config_.tls_handshake_timeout_ms);
    const bool over = limit.count() > 0 && now - *handshake_started_ > limit;
    return over ? too_long(limit, "http_config.tls_handshake_timeout") : absl::OkStatus();
  }
  if (!Reached(CURLINFO_PRETRANSFER_TIME_T)) {
    last_progress_ = now;
    return now - started_ > kDialTimeout ? too_long(kDialTimeout, "the endpoint does not answer: a firewall?") : absl::OkStatus();
  }
  const milliseconds limit(config_.response_header_timeout_ms);
  const bool over = limit.count() > 0 && now - last_progress_ > limit;
  return over ? too_long(limit, "http_config.response_header_timeout") : absl::OkStatus();
}

void Transfer::Finish(absl::Status status) {
  response_.status = http_status();
  MutexLock lock(mutex_);
  status_ = std::move(status);
  done_ = true;
  done_changed_.notify_all();
}

size_t Transfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  return static_cast<Transfer*>(self)->TakeHeader({data, size * count});
}
size_t Transfer::OnAnswer(char* data, size_t size, size_t count, void* self) {
  return static_cast<Transfer*>(self)->TakeAnswer({data, size * count});
}
size_t Transfer::OnSend(char* data, size_t size, size_t count, void* self) {
  return static_cast<Transfer*>(self)->FillBody({reinterpret_cast<std::byte*>(data), size * count});
}

// A kept connection that proves dead is replaced by libcurl, which then wants the body again.
int Transfer::OnSeek(void* self, curl_off_t offset, int origin) {
  Transfer& transfer = *static_cast<Transfer*>(self);
  if (origin != SEEK_SET || offset < 0 || static_cast<uint64_t>(offset) > transfer.body_bytes()) return CURL_SEEKFUNC_FAIL;
  transfer.sent_bytes_ = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

// libcurl sets up a handshake as soon as the connection stands.
CURLcode Transfer::OnHandshake(CURL*, void*, void* self) {
  static_cast<Transfer*>(self)->handshake_started_ = std::chrono::steady_clock::now();
  return CURLE_OK;
}

size_t Transfer::TakeHeader(std::string_view line) {
  const size_t length = line.size();
  last_progress_ = std::chrono::steady_clock::now();
  if (line.starts_with("HTTP/")) response_.headers = HttpHeaders();  // what came before was "100 Continue"
  while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
  if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    response_.headers.Add(line.substr(0, colon), value);
  }
  return length;
}

size_t Transfer::TakeAnswer(std::string_view bytes) {
  last_progress_ = std::chrono::steady_clock::now();
  const bool good = http_status() / 100 == 2;
  if (good && request_.into.data() != nullptr) {
    if (bytes.size() > request_.into.size() - response_.into_bytes) {
      failure_ = FailedPrecondition("the answer is longer than the {} bytes asked for: does a proxy drop Range headers?",
                                    request_.into.size());
      return 0;
    }
    std::memcpy(request_.into.data() + response_.into_bytes, bytes.data(), bytes.size());
    response_.into_bytes += bytes.size();
  } else {
    const uint64_t bytes_max = good ? request_.text_bytes_max : std::min(request_.text_bytes_max, kErrorTextBytesMax);
    const uint64_t room = bytes_max - response_.text.size();
    if (good && bytes.size() > room) {
      failure_ = FailedPrecondition("the answer is longer than {} bytes", bytes_max);
      return 0;
    }
    response_.text += bytes.substr(0, room);
  }
  answer_bytes_ += bytes.size();
  return bytes.size();
}

size_t Transfer::FillBody(std::span<std::byte> out) {
  last_progress_ = std::chrono::steady_clock::now();
  const size_t want = static_cast<size_t>(std::min<uint64_t>(out.size(), body_bytes() - sent_bytes_));
  if (!request_.file.has_value()) {
    std::copy_n(request_.body.begin() + static_cast<ptrdiff_t>(sent_bytes_), want, out.begin());
    sent_bytes_ += want;
    return want;
  }
  const auto at = static_cast<off_t>(request_.file->offset + sent_bytes_);
  ssize_t got = 0;
  do {
    got = want == 0 ? 0 : ::pread(request_.file->descriptor, out.data(), want, at);
  } while (got < 0 && errno == EINTR);
  if (got < 0 || (got == 0 && want > 0)) {
    failure_ =
        FailedPrecondition("reading the file to upload at byte {}: {}", at, got < 0 ? std::strerror(errno) : "it became shorter");
    return CURL_READFUNC_ABORT;
  }
  sent_bytes_ += static_cast<size_t>(got);
  return static_cast<size_t>(got);
}

int Transfer::http_status() const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

bool Transfer::Reached(CURLINFO phase) const {
  curl_off_t us = 0;
  curl_easy_getinfo(easy_.get(), phase, &us);
  return us > 0;
}

std::string_view Transfer::Phase() const {
  if (!Reached(CURLINFO_NAMELOOKUP_TIME_T)) return "looking up";
  if (!Reached(CURLINFO_PRETRANSFER_TIME_T)) return handshake_started_.has_value() ? "TLS handshake with" : "connecting to";
  if (has_body() && sent_bytes_ < body_bytes()) return "sending the body to";
  return response_.headers.fields().empty() ? "waiting for the answer of" : "reading the answer of";
}

absl::Status Transfer::Judge(CURLcode code) {
  if (!failure_.ok()) return failure_;
  if (code == CURLE_OK) return absl::OkStatus();
  long system_error = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &system_error);
  return TransferVerdict({.code = code,
                          .host = fmt::format("{}:{}", host_, port_),
                          .detail = error_text_,
                          .phase = Phase(),
                          .system_error = static_cast<int>(system_error),
                          .answer_bytes = answer_bytes_,
                          .tls = scheme_ == "https"});
}

}  // namespace varve
