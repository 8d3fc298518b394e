// A real cache server as a child process for the time of a test: memcached, redis-server.
//
//   const uint16_t port = FreePort();
//   CacheServerProcess redis({"redis-server", "--port", std::to_string(port), "--save", ""}, port);
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace varve {

class CacheServerProcess {
 public:
  // Returns once 127.0.0.1:`port` takes connections; a test that cannot start it fails.
  CacheServerProcess(const std::vector<std::string>& command, uint16_t port);
  ~CacheServerProcess() { Kill(); }
  CacheServerProcess(const CacheServerProcess&) = delete;
  CacheServerProcess& operator=(const CacheServerProcess&) = delete;

  void Kill();
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  const uint16_t port_;
  pid_t pid_ = -1;
};

std::vector<std::string> MemcachedCommand(uint16_t port);
std::vector<std::string> RedisCommand(uint16_t port);

}  // namespace varve
