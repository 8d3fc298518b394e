#include "objstore/http/transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <thread>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/http/event_loop.h"
#include "objstore/http/transfer.h"

namespace varve {
namespace {

// One thread moves about a gigabyte a second through TLS; more than a few would only split the connections among them.
size_t LoopCount(const ObjstoreHttpConfig& config) {
  if (config.max_conns_per_host > 0) return 1;  // whoever counts connections must see them all
  return std::clamp<size_t>(std::thread::hardware_concurrency() / 8, 1, 4);
}

std::string_view WithoutQuery(std::string_view url) { return url.substr(0, url.find('?')); }

}  // namespace

absl::StatusOr<std::unique_ptr<HttpTransport>> HttpTransport::Make(ObjstoreHttpConfig config) {
  [[maybe_unused]] static const CURLcode initialized = curl_global_init(CURL_GLOBAL_ALL);
  VARVE_RETURN_IF_ERROR(config.tls.Check());
  return std::unique_ptr<HttpTransport>(new HttpTransport(std::move(config)));
}

HttpTransport::HttpTransport(ObjstoreHttpConfig config) : config_(std::move(config)) {
  for (size_t i = 0; i < LoopCount(config_); ++i) loops_.push_back(std::make_unique<EventLoop>(config_));
}

HttpTransport::~HttpTransport() = default;

absl::StatusOr<TransportResponse> HttpTransport::Do(const Context& ctx, const TransportRequest& request) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  EventLoop& loop = **std::min_element(loops_.begin(), loops_.end(),
                                       [](const auto& a, const auto& b) { return a->in_flight() < b->in_flight(); });
  Transfer transfer(ctx, config_, request);
  absl::Status status = transfer.Prepare();
  if (status.ok()) {
    loop.Run(transfer);
    status = transfer.status();
  }
  if (!status.ok()) return Annotate(status, "{} {}", request.method, WithoutQuery(request.url));
  return transfer.TakeResponse();
}

}  // namespace varve
