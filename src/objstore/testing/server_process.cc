#include "objstore/testing/server_process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <sstream>

#include "base/check.h"
#include "base/errors.h"

namespace varve {
namespace {

std::string ReadLine(int descriptor) {
  std::string line;
  for (char c = 0; ::read(descriptor, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const std::string& program,
                                                                    const std::vector<std::string>& arguments) {
  int input[2], output[2];
  VARVE_CHECK(::pipe2(input, O_CLOEXEC) == 0 && ::pipe2(output, O_CLOEXEC) == 0);
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  VARVE_CHECK(pid >= 0);
  if (pid == 0) {
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(output[1], STDOUT_FILENO);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  ::close(input[0]);
  ::close(output[1]);
  std::unique_ptr<ServerProcess> process(new ServerProcess(pid, input[1]));
  const std::string line = ReadLine(output[0]);
  ::close(output[0]);
  if (line != "ready") return Unavailable("{} did not start: {:?}", program, line);
  return process;
}

ServerProcess::~ServerProcess() {
  ::close(input_);
  ::waitpid(pid_, nullptr, 0);
}

uint16_t FreePort() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  VARVE_CHECK(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0);
  VARVE_CHECK(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

bool IsInstalled(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::unique_ptr<S3TestServer> S3TestServer::Start(const std::string& gateway_config) {
  const char* wanted = std::getenv("VARVE_TEST_S3");
  std::unique_ptr<S3TestServer> server(new S3TestServer());
  server->is_ceph_ = wanted == nullptr || std::string_view(wanted) != "swift";
  const std::vector<std::string> ceph = {"radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "curl"};
  const std::vector<std::string> swift = {"swift-proxy-server", "swift-object-server", "memcached", "curl"};
  for (const std::string& program : server->is_ceph_ ? ceph : swift) {
    if (!IsInstalled(program)) return nullptr;
  }
  server->directory_ = (std::filesystem::temp_directory_path() / "varve-s3-XXXXXX").string();
  VARVE_CHECK(::mkdtemp(server->directory_.data()) != nullptr);
  server->port_ = FreePort();
  std::vector<std::string> arguments = {server->directory_};
  if (server->is_ceph_) arguments.push_back(std::to_string(FreePort()));  // of the monitor
  arguments.push_back(std::to_string(server->port_));
  ::setenv("RGW_CONF", gateway_config.c_str(), 1);
  auto process = ServerProcess::Start(fmt::format("{}/testdata/servers/{}", VARVE_SOURCE_DIR, server->is_ceph_ ? "rgw" : "swift"),
                                      arguments);
  ::unsetenv("RGW_CONF");
  if (!process.ok()) fmt::print(stderr, "{}\n", Message(process.status()));
  VARVE_CHECK(process.ok());
  server->process_ = *std::move(process);
  return server;
}

S3TestServer::~S3TestServer() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace varve
