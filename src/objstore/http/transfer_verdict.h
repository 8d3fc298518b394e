// What a failure of libcurl means to the user of a bucket: whether to try again, and which setting to look at.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <curl/curl.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace varve {

struct UrlOrigin {
  std::string scheme, host, port;
};

// InvalidArgument for what is not an http or https URL.
absl::StatusOr<UrlOrigin> OriginOf(const std::string& url);

struct FailedTransfer {
  CURLcode code = CURLE_OK;
  std::string host;         // and port
  std::string_view detail;  // libcurl's own words, may be empty
  std::string_view phase;   // "connecting to"
  int system_error = 0;
  uint64_t answer_bytes = 0;
  bool tls = false;
};

absl::Status TransferVerdict(const FailedTransfer& failed);

}  // namespace varve
