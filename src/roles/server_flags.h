// The flags every server role shares, with Thanos' names and defaults.
// Source: thanos cmd/thanos/config.go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "roles/command_line.h"
#include "runtime/log.h"

namespace varve {

struct LogFlags {
  std::string level = "info";
  std::string format = "logfmt";
};

struct HttpFlags {
  std::string address = "0.0.0.0:10902";
  int64_t grace_period_ms = 120'000;
};

struct GrpcFlags {
  std::string address = "0.0.0.0:10901";
  int64_t grace_period_ms = 120'000;
  int64_t connection_age_max_ms = 3'600'000;
  std::string tls_cert, tls_key, tls_client_ca;
  std::string tls_min_version = "1.3";
};

struct ServerFlags {
  LogFlags log;
  HttpFlags http;
  GrpcFlags grpc;
};

void AddProcessFlags(CommandLine& flags, LogFlags& config);        // what every process has
void AddHttpServerFlags(CommandLine& flags, ServerFlags& config);  // the same, and HTTP
void AddServerFlags(CommandLine& flags, ServerFlags& config);      // the same, and gRPC

// A logger that puts component=<name> on each line, as `config` wants it. The flags' choices are checked by the command line.
Logger MakeLogger(const LogFlags& config, std::string_view component);

}  // namespace varve
