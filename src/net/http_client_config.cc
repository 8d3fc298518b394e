#include "net/http_client_config.h"

#include "base/duration.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

// Thanos has Go durations here as plain numbers of nanoseconds; we take 30s too.
void ReadGoTimeout(YamlMap& map, std::string_view key, int64_t& out_ms) {
  std::string text;
  map.Read(key, text);
  if (text.empty()) return;
  if (text.find_first_not_of("0123456789") == std::string::npos) text += "ns";
  const absl::StatusOr<int64_t> ms = ParseDurationMs(text);
  if (ms.ok()) {
    out_ms = *ms;
  } else {
    map.Fail(Annotate(ms.status(), "transport_config.{}", key));
  }
}

absl::Status ReadBasicAuth(const YamlNode& node, bool strict, HttpClientConfig& config) {
  YamlMap map(node, "basic_auth");
  map.Read("username", config.basic_username);
  map.Read("password", config.basic_password);
  map.Read("password_file", config.basic_password_file);
  if (!config.basic_password.empty() && !config.basic_password_file.empty()) {
    map.Fail(InvalidArgument("basic_auth: give password or password_file, not both"));
  }
  return map.Finish(!strict);
}

absl::Status ReadTls(const YamlNode& node, bool strict, TlsClientConfig& tls) {
  YamlMap map(node, "tls_config");
  map.Read("ca_file", tls.ca_file);
  map.Read("cert_file", tls.cert_file);
  map.Read("key_file", tls.key_file);
  map.Read("server_name", tls.server_name);
  map.Read("insecure_skip_verify", tls.insecure_skip_verify);
  return map.Finish(!strict);
}

absl::Status ReadTransport(const YamlNode& node, bool strict, HttpClientConfig& config) {
  YamlMap map(node, "transport_config");
  bool disable_compression = !config.compression;
  int64_t ignored = 0;
  map.Read("max_idle_conns", config.idle_connections_max);
  map.Read("max_idle_conns_per_host", ignored);  // one client talks to one host
  map.Read("max_conns_per_host", ignored);
  ReadGoTimeout(map, "idle_conn_timeout", config.idle_timeout_ms);
  ReadGoTimeout(map, "response_header_timeout", config.response_header_timeout_ms);
  ReadGoTimeout(map, "expect_continue_timeout", ignored);
  map.Read("disable_compression", disable_compression);
  ReadGoTimeout(map, "tls_handshake_timeout", config.tls_handshake_timeout_ms);
  ReadGoTimeout(map, "dialer_timeout", config.connect_timeout_ms);
  config.compression = !disable_compression;
  return map.Finish(!strict);
}

}  // namespace

absl::StatusOr<HttpClientConfig> ReadHttpClientConfig(const YamlNode& node, const std::string& where, bool strict) {
  HttpClientConfig config;
  YamlMap map(node, where);
  map.Read("bearer_token", config.bearer_token);
  map.Read("bearer_token_file", config.bearer_token_file);
  map.Read("proxy_url", config.proxy_url);
  if (const YamlNode* child = map.Child("basic_auth")) map.Fail(ReadBasicAuth(*child, strict, config));
  if (const YamlNode* child = map.Child("tls_config")) map.Fail(ReadTls(*child, strict, config.tls));
  if (const YamlNode* child = map.Child("transport_config")) map.Fail(ReadTransport(*child, strict, config));
  const bool basic = !config.basic_username.empty() || !config.basic_password.empty() || !config.basic_password_file.empty();
  if (!config.bearer_token.empty() && !config.bearer_token_file.empty()) {
    map.Fail(InvalidArgument("{}: give bearer_token or bearer_token_file, not both", where));
  }
  if (basic && (!config.bearer_token.empty() || !config.bearer_token_file.empty())) {
    map.Fail(InvalidArgument("{}: give basic_auth or a bearer token, not both", where));
  }
  VARVE_RETURN_IF_ERROR(map.Finish(!strict));
  return config;
}

absl::StatusOr<HttpClientConfig> ParseHttpClientConfig(std::string_view yaml) {
  VARVE_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::Parse(yaml));
  return ReadHttpClientConfig(root, "HTTP client config", false);
}

}  // namespace varve
