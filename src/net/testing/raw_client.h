// A TCP client without manners, for tests of servers: sends any bytes, reads what comes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace varve {

class RawClient {
 public:
  explicit RawClient(uint16_t port);  // connects to 127.0.0.1; dies if it cannot
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool Send(std::string_view bytes);  // false: the server hung up
  // All bytes until the server hangs up, or `patience` has passed without any.
  std::string ReadAll(std::chrono::milliseconds patience = std::chrono::seconds(10));
  // Until `text` has been seen, inclusive; what came so far if it never comes.
  std::string ReadUntil(std::string_view text);
  void Close();

 private:
  int fd_ = -1;
};

// GET with "Connection: close"; the whole answer, head and body.
std::string RawGet(uint16_t port, std::string_view target, std::string_view extra_headers = "");

std::string BodyOf(std::string_view answer);  // what follows the empty line

}  // namespace varve
