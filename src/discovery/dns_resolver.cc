#include "discovery/dns_resolver.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

// c-ares' own state, for one question. What a question needs lives in the caller until the channel is gone.
class Channel {
 public:
  ~Channel() {
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  absl::Status Open(const DnsOptions& options) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options settings = {};
    settings.timeout = options.timeout_ms;
    settings.tries = options.tries;
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
    if (!options.servers.empty()) {
      settings.flags = ARES_FLAG_NOSEARCH;  // the search list belongs to the servers of resolv.conf
      mask |= ARES_OPT_FLAGS;
    }
    int result = library == ARES_SUCCESS ? ares_init_options(&channel_, &settings, mask) : library;
    if (result == ARES_SUCCESS && !options.servers.empty())
      result = ares_set_servers_ports_csv(channel_, options.servers.c_str());
    if (result == ARES_SUCCESS) return absl::OkStatus();
    return InvalidArgument("set up DNS with servers \"{}\": {}", options.servers, ares_strerror(result));
  }
  ares_channel get() const { return channel_; }

  // Moves bytes until the question is answered or the context ends.
  absl::Status Run(const Context& ctx, const bool& done) {
    constexpr int kSliceMs = 50;  // how late a cancellation may be noticed
    while (!done) {
      VARVE_RETURN_IF_ERROR(ctx.Check());
      std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets;
      const int bits = ares_getsock(channel_, sockets.data(), sockets.size());
      std::vector<pollfd> polled;
      for (size_t i = 0; i < sockets.size(); ++i) {
        short events = 0;
        if (ARES_GETSOCK_READABLE(bits, i)) events |= POLLIN;
        if (ARES_GETSOCK_WRITABLE(bits, i)) events |= POLLOUT;
        if (events != 0) polled.push_back({sockets[i], events, 0});
      }
      ::poll(polled.data(), polled.size(), kSliceMs);
      ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // timeouts
      for (const pollfd& one : polled) {
        const bool readable = (one.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        ares_process_fd(channel_, readable ? one.fd : ARES_SOCKET_BAD, (one.revents & POLLOUT) != 0 ? one.fd : ARES_SOCKET_BAD);
      }
    }
    return absl::OkStatus();
  }

 private:
  ares_channel channel_ = nullptr;
};

template <typename Record>
struct Answer {
  bool done = false;
  int result = ARES_SUCCESS;
  std::vector<Record> records;
};

absl::Status ToStatus(int result, std::string_view question) {
  if (result == ARES_SUCCESS || result == ARES_ENOTFOUND || result == ARES_ENODATA) return absl::OkStatus();
  return Unavailable("{}: {}", question, ares_strerror(result));
}

void OnHost(void* argument, int result, int, ares_addrinfo* found) {
  auto& answer = *static_cast<Answer<std::string>*>(argument);
  answer.done = true;
  answer.result = result;
  if (found == nullptr) return;
  for (const ares_addrinfo_node* node = found->nodes; node != nullptr; node = node->ai_next) {
    std::array<char, INET6_ADDRSTRLEN> text;
    const void* address = node->ai_family == AF_INET
                              ? static_cast<const void*>(&reinterpret_cast<sockaddr_in*>(node->ai_addr)->sin_addr)
                              : &reinterpret_cast<sockaddr_in6*>(node->ai_addr)->sin6_addr;
    if (ares_inet_ntop(node->ai_family, address, text.data(), text.size()) != nullptr) answer.records.emplace_back(text.data());
  }
  ares_freeaddrinfo(found);
}

void OnSrv(void* argument, int result, int, unsigned char* message, int length) {
  auto& answer = *static_cast<Answer<SrvRecord>*>(argument);
  answer.done = true;
  answer.result = result;
  if (result != ARES_SUCCESS) return;
  ares_srv_reply* records = nullptr;
  answer.result = ares_parse_srv_reply(message, length, &records);
  for (const ares_srv_reply* one = records; one != nullptr; one = one->next) {
    std::string target = one->host;
    while (target.ends_with('.')) target.pop_back();
    answer.records.push_back({std::move(target), one->port});
  }
  if (records != nullptr) ares_free_data(records);
}

class CaresResolver : public DnsResolver {
 public:
  explicit CaresResolver(DnsOptions options) : options_(std::move(options)) {}

  absl::StatusOr<std::vector<std::string>> LookupHost(const Context& ctx, const std::string& host,
                                                      AddressFamily family) override {
    Answer<std::string> answer;
    Channel channel;  // ends its callbacks before the answer goes
    VARVE_RETURN_IF_ERROR(channel.Open(options_));
    ares_addrinfo_hints hints = {};
    hints.ai_family = family == AddressFamily::kAny ? AF_UNSPEC : family == AddressFamily::kIpV4 ? AF_INET : AF_INET6;
    hints.ai_flags = ARES_AI_NOSORT;
    ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, OnHost, &answer);
    VARVE_RETURN_IF_ERROR(channel.Run(ctx, answer.done));
    VARVE_RETURN_IF_ERROR(ToStatus(answer.result, fmt::format("lookup IP addresses \"{}\"", host)));
    std::sort(answer.records.begin(), answer.records.end());
    answer.records.erase(std::unique(answer.records.begin(), answer.records.end()), answer.records.end());
    return std::move(answer.records);
  }

  absl::StatusOr<std::vector<SrvRecord>> LookupSrv(const Context& ctx, const std::string& name) override {
    Answer<SrvRecord> answer;
    Channel channel;
    VARVE_RETURN_IF_ERROR(channel.Open(options_));
    ares_search(channel.get(), name.c_str(), ns_c_in, ns_t_srv, OnSrv, &answer);
    VARVE_RETURN_IF_ERROR(channel.Run(ctx, answer.done));
    VARVE_RETURN_IF_ERROR(ToStatus(answer.result, fmt::format("lookup SRV records \"{}\"", name)));
    return std::move(answer.records);
  }

 private:
  const DnsOptions options_;
};

}  // namespace

DnsOptions DnsOptionsFromEnvironment() {
  DnsOptions options;
  if (const char* servers = std::getenv("VARVE_DNS_SERVERS"); servers != nullptr) options.servers = servers;
  return options;
}

std::unique_ptr<DnsResolver> NewDnsResolver(DnsOptions options) { return std::make_unique<CaresResolver>(std::move(options)); }

}  // namespace varve
