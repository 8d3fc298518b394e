// Requests to one container of Azure Blob Storage.
//
// Shape    one request, one answer; sent again only with a fresh token or key, when the server refuses the old one. Requests are signed with
//          the account's key, carry a shared access signature, or a token.
// Errors   codes as bucket.h has them; messages carry the server's code and words, never a key, token or signature.
// Threads  share freely.
// Source   Azure Blob Storage REST API, version 2020-10-02; "Blob service error codes".
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/url.h"
#include "objstore/azure/azure_config.h"
#include "objstore/azure/azure_keys.h"
#include "objstore/azure/azure_tokens.h"
#include "objstore/expiring.h"
#include "objstore/http/bearer_token.h"
#include "objstore/http/transport.h"
#include "runtime/clock.h"

namespace varve {

// What is borrowed here stays until the call returns.
struct AzureCall {
  std::string_view what;  // for messages: "read", "list", ...
  std::string method = "GET";
  std::string_view key;  // empty: the container itself
  UrlParams query;
  HttpHeaders headers;
  Bytes body;
  std::optional<FilePart> file;
  std::span<std::byte> into;
  uint64_t text_bytes_max = 64 << 20;
};

class AzureClient {
 public:
  // `clock` outlives this. `tokens` is null where there is a key or a signature.
  AzureClient(AzureConfig config, std::unique_ptr<HttpTransport> transport, std::unique_ptr<Expiring<BearerToken>> tokens,
              Clock& clock);

  const AzureConfig& config() const { return config_; }
  // A 2xx answer, or why there is none.
  absl::StatusOr<TransportResponse> Do(const Context& ctx, const AzureCall& call);

 private:
  std::string PathOf(const AzureCall& call) const;
  // How we say who we are, in one attempt.
  struct Proof {
    BearerToken token;
    AzureKey key;
    const std::string& source() const { return token.token.empty() ? key.source : token.source; }
  };
  absl::StatusOr<Proof> GetProof(const Context& ctx);
  bool Renew(const Context& ctx, const TransportResponse& response, const Proof& refused);
  void Sign(const AzureCall& call, const std::string& path, const AzureKey& key, TransportRequest& request) const;
  absl::Status Failure(const AzureCall& call, const TransportResponse& response, const Proof& proof) const;

  const AzureConfig config_;
  const std::string account_path_;  // of base_url: "/devstoreaccount1", mostly empty
  const std::unique_ptr<HttpTransport> transport_;
  const std::unique_ptr<Expiring<BearerToken>> tokens_;
  const std::unique_ptr<Expiring<AzureKey>> keys_;  // null where there are tokens
  Clock& clock_;
};

bool IsContainerMissing(const absl::Status& status);

}  // namespace varve
