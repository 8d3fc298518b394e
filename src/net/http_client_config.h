// The YAML with which Thanos describes an HTTP client: --prometheus.http-client, http_config of alertmanagers and query configs.
// Source: thanos pkg/clientconfig/http.go.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/yaml.h"
#include "net/tls_config.h"

namespace varve {

struct HttpClientConfig {
  std::string basic_username, basic_password, basic_password_file;
  std::string bearer_token, bearer_token_file;
  std::string proxy_url;
  TlsClientConfig tls;
  int64_t connect_timeout_ms = 5'000;         // transport_config.dialer_timeout
  int64_t tls_handshake_timeout_ms = 10'000;  //
  int64_t response_header_timeout_ms = 0;     // 0: none
  int64_t idle_timeout_ms = 90'000;           // of kept connections
  int idle_connections_max = 100;
  bool compression = true;
};

// `strict` refuses unknown keys, as Thanos does for alertmanagers but not for --prometheus.http-client.
absl::StatusOr<HttpClientConfig> ReadHttpClientConfig(const YamlNode& node, const std::string& where, bool strict);
absl::StatusOr<HttpClientConfig> ParseHttpClientConfig(std::string_view yaml);  // not strict

}  // namespace varve
