#include "objstore/azure/shared_key.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "objstore/digests.h"

namespace varve {
namespace {

std::string CanonicalHeaders(const HttpHeaders& headers) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : headers.fields()) {
    if (const std::string lower = absl::AsciiStrToLower(name); lower.starts_with("x-ms-")) sorted[lower] = value;
  }
  std::string lines;
  for (const auto& [name, value] : sorted) lines += fmt::format("{}:{}\n", name, value);
  return lines;
}

std::string CanonicalResource(const SharedKeyRequest& request, std::string_view account) {
  std::map<std::string, std::vector<std::string>> sorted;
  for (const auto& [name, value] : request.query.pairs()) sorted[absl::AsciiStrToLower(name)].push_back(value);
  std::string resource = fmt::format("/{}{}", account, request.path);
  for (auto& [name, values] : sorted) {
    std::sort(values.begin(), values.end());
    resource += fmt::format("\n{}:{}", name, fmt::join(values, ","));
  }
  return resource;
}

}  // namespace

std::string SharedKeyAuthorization(const SharedKeyRequest& request, std::string_view account, std::string_view key) {
  std::string to_sign = fmt::format("{}\n", request.method);
  for (const std::string_view name : {"Content-Encoding", "Content-Language"})
    to_sign += fmt::format("{}\n", request.headers.Get(name));
  to_sign += request.content_length == 0 ? "\n" : fmt::format("{}\n", request.content_length);
  for (const std::string_view name : {"Content-MD5", "Content-Type", "Date", "If-Modified-Since", "If-Match", "If-None-Match",
                                      "If-Unmodified-Since", "Range"}) {
    to_sign += fmt::format("{}\n", request.headers.Get(name));
  }
  to_sign += CanonicalHeaders(request.headers) + CanonicalResource(request, account);
  return fmt::format("SharedKey {}:{}", account, Base64Of(HmacSha256(AsBytes(key), to_sign)));
}

}  // namespace varve
