#include "net/address.h"

#include <charconv>

#include "base/errors.h"

namespace varve {

std::string HostPort::ToString() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

absl::StatusOr<HostPort> ParseHostPort(std::string_view text, std::optional<uint16_t> default_port) {
  const auto bad = [text](std::string_view why) {
    return InvalidArgument("address {:?}: {}; write host:port, for example 127.0.0.1:9090 or [::1]:9090", text, why);
  };
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return bad("missing ']'");
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (rest.starts_with(':')) {
      port = rest.substr(1);
    } else if (!rest.empty()) {
      return bad("unexpected text after ']'");
    }
  } else if (const size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (host.find(':') != std::string_view::npos) return bad("too many colons");
  }
  if (host.find_first_of("[]/ \t\r\n") != std::string_view::npos) return bad("the host has a character that no host has");
  if (!port.has_value()) {
    if (!default_port.has_value() || host.empty()) return bad("missing port");
    return HostPort{std::string(host), *default_port};
  }
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port->data(), port->data() + port->size(), number);
  if (error != std::errc() || end != port->data() + port->size()) return bad("the port is not a number in 0..65535");
  return HostPort{std::string(host), number};
}

}  // namespace varve
