// `http_config` of the object storage YAML: how to reach the server, the same keys for every provider.
//
// Shape    keys and defaults of Thanos', and `proxy_url`. `disable_compression` is taken and has no effect: objects are asked for
//          and stored as they are.
// Errors   InvalidArgument naming the key; unknown keys are errors.
// Source   thanos-io/objstore exthttp/transport.go, exthttp/tlsconfig.go.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

#include "base/yaml.h"
#include "net/tls_config.h"

namespace varve {

struct ObjstoreHttpConfig {
  int64_t idle_conn_timeout_ms = 90'000;
  int64_t response_header_timeout_ms = 120'000;  // the server's silence, before its answer or in the midst of it; 0: no limit
  int64_t tls_handshake_timeout_ms = 10'000;     // 0: no limit
  int64_t expect_continue_timeout_ms = 1'000;    // how long a long upload waits to be waved on; 0: not at all
  int max_idle_conns = 100;
  int max_idle_conns_per_host = 100;
  int max_conns_per_host = 0;  // 0: no limit
  std::string proxy_url;       // empty: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, which never apply to this machine itself
  TlsClientConfig tls;
};

absl::StatusOr<ObjstoreHttpConfig> ReadObjstoreHttpConfig(const YamlNode& node, const std::string& where);

}  // namespace varve
