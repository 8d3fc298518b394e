// Azure's SharedKey signature of a request.
//
// Threads  a function of values.
// Source   Azure Storage, "Authorize with Shared Key", version 2015-02-21 and later.
#pragma once

#include <string>
#include <string_view>

#include "net/http_message.h"
#include "net/url.h"

namespace varve {

struct SharedKeyRequest {
  std::string_view method;
  std::string_view path;       // of the URL, escaped
  const UrlParams& query;      // not escaped
  const HttpHeaders& headers;  // x-ms-* and standard ones
  uint64_t content_length = 0;
};

// The value of the Authorization header. `key` is the account's, decoded.
std::string SharedKeyAuthorization(const SharedKeyRequest& request, std::string_view account, std::string_view key);

}  // namespace varve
