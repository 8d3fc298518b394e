#include "objstore/http/http_config.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

absl::Status ReadTls(const YamlNode& node, const std::string& where, TlsClientConfig& tls) {
  YamlMap map(node, where);
  map.Read("ca_file", tls.ca_file);
  map.Read("cert_file", tls.cert_file);
  map.Read("key_file", tls.key_file);
  map.Read("server_name", tls.server_name);
  map.Read("insecure_skip_verify", tls.insecure_skip_verify);
  return map.Finish();
}

void ReadTimeout(YamlMap& map, std::string_view key, int64_t& out_ms) {
  map.ReadDurationMs(key, out_ms);
  if (out_ms < 0) map.Fail(InvalidArgument("{} is negative", key));
}

void ReadCount(YamlMap& map, std::string_view key, int& out) {
  map.Read(key, out);
  if (out < 0) map.Fail(InvalidArgument("{} is negative", key));
}

}  // namespace

absl::StatusOr<ObjstoreHttpConfig> ReadObjstoreHttpConfig(const YamlNode& node, const std::string& where) {
  ObjstoreHttpConfig config;
  bool skip_verify = false, disable_compression = false;
  YamlMap map(node, where);
  ReadTimeout(map, "idle_conn_timeout", config.idle_conn_timeout_ms);
  ReadTimeout(map, "response_header_timeout", config.response_header_timeout_ms);
  ReadTimeout(map, "tls_handshake_timeout", config.tls_handshake_timeout_ms);
  ReadTimeout(map, "expect_continue_timeout", config.expect_continue_timeout_ms);
  ReadCount(map, "max_idle_conns", config.max_idle_conns);
  ReadCount(map, "max_idle_conns_per_host", config.max_idle_conns_per_host);
  ReadCount(map, "max_conns_per_host", config.max_conns_per_host);
  map.Read("insecure_skip_verify", skip_verify);
  map.Read("disable_compression", disable_compression);
  map.Read("proxy_url", config.proxy_url);
  if (const YamlNode* child = map.Child("tls_config")) map.Fail(ReadTls(*child, where + ".tls_config", config.tls));
  if (map.Child("transport") != nullptr)
    map.Fail(InvalidArgument("{}: transport exists in Go programs only; leave it out", where));
  VARVE_RETURN_IF_ERROR(map.Finish());
  config.tls.insecure_skip_verify |= skip_verify;
  VARVE_RETURN_IF_ERROR(Annotate(config.tls.Check(), "{}.tls_config", where));
  return config;
}

}  // namespace varve
