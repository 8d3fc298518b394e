// A host and a port as flags and configs write them: "0.0.0.0:10902", ":9090", "[::1]:443", "prometheus.svc:9090".
// Source: go net.SplitHostPort.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace varve {

struct HostPort {
  std::string host;  // without brackets; empty: all interfaces
  uint16_t port = 0;

  std::string ToString() const;  // brackets around an IPv6 address
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// InvalidArgument unless the port is a number in 0..65535; without a port, `default_port` if given.
absl::StatusOr<HostPort> ParseHostPort(std::string_view text, std::optional<uint16_t> default_port = std::nullopt);

}  // namespace varve
