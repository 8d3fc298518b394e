// An OAuth 2 access token, and the answer it comes in.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "base/time_range.h"
#include "objstore/http/transport.h"
#include "runtime/context.h"

namespace varve {

struct BearerToken {
  std::string token;
  std::optional<TimestampMs> expires;
  std::string source;  // for messages
};

inline bool SameSecret(const BearerToken& a, const BearerToken& b) { return a.token == b.token; }

// Sends `request` and reads {"access_token": ..., "expires_in": ...}. The token server's error and description are in the message,
// nothing that was sent is. `now` is when it was sent.
absl::StatusOr<BearerToken> FetchBearerToken(const Context& ctx, HttpTransport& transport, TransportRequest request,
                                             std::string source, TimestampMs now);

}  // namespace varve
