#include "objstore/testing/cache_server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace varve {
namespace {

constexpr int kTriesMax = 1000;  // of 10 ms
constexpr std::chrono::milliseconds kPause(10);

sockaddr_in Local(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool TakesConnections(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Local(port);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return connected;
}

std::string UserName() {  // memcached wants to be told when it runs as root
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr ? user->pw_name : "nobody";
}

// In the child: only what is safe between fork and exec.
[[noreturn]] void Become(char* const* arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // however the test ends
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  ::execvp(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

CacheServerProcess::CacheServerProcess(const std::vector<std::string>& command, uint16_t port) : port_(port) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) Become(arguments.data());
  for (int i = 0; i < kTriesMax && !TakesConnections(port); ++i) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      ADD_FAILURE() << command[0] << " ended with " << status << "; scripts/install test installs it";
      return;
    }
    std::this_thread::sleep_for(kPause);
  }
}

void CacheServerProcess::Kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::vector<std::string> MemcachedCommand(uint16_t port) {
  return {"memcached", "-l", "127.0.0.1", "-p", std::to_string(port), "-U", "0", "-m", "32", "-I", "4m", "-u", UserName()};
}

std::vector<std::string> RedisCommand(uint16_t port) {
  return {"redis-server", "--bind", "127.0.0.1", "--port", std::to_string(port), "--save", "", "--appendonly", "no"};
}

}  // namespace varve
