#include "roles/server_flags.h"

namespace varve {

void AddProcessFlags(CommandLine& flags, LogFlags& config) {
  flags.Choice("log.level", config.level, {"error", "warn", "info", "debug"}, "Log lines of this level and above.");
  flags.Choice("log.format", config.format, {"logfmt", "json"}, "Format of log lines.");
  flags.Refuse({"tracing.config", "tracing.config-file"}, "tracing is not there yet; leave the flag out");
  flags.Ignore({"enable-auto-gomemlimit", "auto-gomemlimit.ratio"}, "Varve has no Go runtime to limit");
  flags.Ignore({"debug.name"}, "log lines carry the component");
}

void AddHttpServerFlags(CommandLine& flags, ServerFlags& config) {
  AddProcessFlags(flags, config.log);
  flags.Text("http-address", config.http.address, "Listen host:port of the HTTP endpoints.");
  flags.DurationMs("http-grace-period", config.http.grace_period_ms, "Time to finish HTTP requests after an interrupt.");
  flags.Refuse({"http.config"},
               "TLS and basic auth on the HTTP port are not there yet; leave the flag out and keep the port inside the cluster");
}

void AddServerFlags(CommandLine& flags, ServerFlags& config) {
  AddHttpServerFlags(flags, config);
  flags.Text("grpc-address", config.grpc.address, "Listen ip:port of the gRPC endpoints.");
  flags.DurationMs("grpc-grace-period", config.grpc.grace_period_ms, "Time to finish gRPC calls after an interrupt.");
  flags.DurationMs("grpc-server-max-connection-age", config.grpc.connection_age_max_ms,
                   "After this time a client is asked to connect again, so that load spreads over new servers. 0: never.");
  flags.Text("grpc-server-tls-cert", config.grpc.tls_cert, "TLS certificate (PEM file) of the gRPC server. Empty: no TLS.");
  flags.Text("grpc-server-tls-key", config.grpc.tls_key, "Private key (PEM file) of the gRPC server.");
  flags.Text("grpc-server-tls-client-ca", config.grpc.tls_client_ca,
             "Authority (PEM file) that clients' certificates must be signed by. Empty: clients need none.");
  flags.Choice("grpc-server-tls-min-version", config.grpc.tls_min_version, {"1.2", "1.3"},
               "Lowest TLS version of the gRPC server.");
  flags.Refuse({"grpc-server-tls-ciphers", "grpc-server-tls-curves"}, "the choice is OpenSSL's; leave the flag out");
  flags.Refuse({"request.logging-config", "request.logging-config-file"}, "request logging is not there yet; leave the flag out");
}

Logger MakeLogger(const LogFlags& config, std::string_view component) {
  const LogLevel level = config.level == "debug"   ? LogLevel::kDebug
                         : config.level == "warn"  ? LogLevel::kWarn
                         : config.level == "error" ? LogLevel::kError
                                                   : LogLevel::kInfo;
  const LogFormat format = config.format == "json" ? LogFormat::kJson : LogFormat::kLogfmt;
  return Logger(level, format).With({{"component", component}});
}

}  // namespace varve
