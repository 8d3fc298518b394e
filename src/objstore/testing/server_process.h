// A real server for the tests of one binary, started by a script of testdata/servers and gone with this process however it ends.
#pragma once

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace varve {

class ServerProcess {
 public:
  // Runs `program` until it prints "ready". It stops when its standard input, which this holds, ends.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const std::string& program,
                                                              const std::vector<std::string>& arguments);
  ~ServerProcess();  // and waits for its end
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  ServerProcess(pid_t pid, int input) : pid_(pid), input_(input) {}
  const pid_t pid_;
  const int input_;
};

uint16_t FreePort();                           // of 127.0.0.1, a moment ago
bool IsInstalled(const std::string& program);  // on PATH

// An S3 server: Ceph's gateway (what most tests use), or Swift when VARVE_TEST_S3=swift says so.
class S3TestServer {
 public:
  // Null where it is not installed; dies if it is and does not start. `gateway_config` goes into Ceph's configuration.
  static std::unique_ptr<S3TestServer> Start(const std::string& gateway_config = "");
  ~S3TestServer();

  bool is_ceph() const { return is_ceph_; }
  uint16_t port() const { return port_; }
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string access_key() const { return is_ceph_ ? "AKTEST" : "test:tester"; }
  std::string secret_key() const { return "SKTEST"; }

 private:
  S3TestServer() = default;
  bool is_ceph_ = true;
  std::string directory_;
  uint16_t port_ = 0;
  std::unique_ptr<ServerProcess> process_;
};

}  // namespace varve
