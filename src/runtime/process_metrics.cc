#include "runtime/process_metrics.h"

#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace varve {
namespace {

struct ProcessStat {
  double cpu_seconds = 0, start_ticks = 0, virtual_bytes = 0, resident_bytes = 0, threads = 0;
};

// Fields are counted from behind the command name, which may hold spaces.
ProcessStat ReadStat() {
  std::ifstream file("/proc/self/stat");
  std::string line{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(line.substr(name_end + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  if (fields.size() < 22) return {};
  const auto number = [&](size_t i) { return std::stod(fields[i]); };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {.cpu_seconds = (number(11) + number(12)) / ticks,
          .start_ticks = number(19) / ticks,
          .virtual_bytes = number(20),
          .resident_bytes = number(21) * static_cast<double>(sysconf(_SC_PAGESIZE)),
          .threads = number(17)};
}

double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  double seconds = 0;
  while (file >> word) {
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

double OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

struct NetworkBytes {
  double received = 0, sent = 0;
};

// Of all interfaces of the network the process is in, as "InOctets" and "OutOctets" of IP.
NetworkBytes ReadNetworkBytes() {
  std::ifstream file("/proc/self/net/netstat");
  NetworkBytes bytes;
  for (std::string names, values; std::getline(file, names) && std::getline(file, values);) {
    if (!names.starts_with("IpExt:")) continue;
    std::istringstream name_words(names), value_words(values);
    for (std::string name, value; name_words >> name && value_words >> value;) {
      if (name == "InOctets") bytes.received = std::stod(value);
      if (name == "OutOctets") bytes.sent = std::stod(value);
    }
  }
  return bytes;
}

double LimitOf(rlim_t limit) { return limit == RLIM_INFINITY ? -1 : static_cast<double>(limit); }

prometheus::MetricFamily Family(const char* name, const char* help, prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return {name, help, type, {metric}};
}

}  // namespace

std::vector<prometheus::MetricFamily> CollectProcessMetrics() {
  using prometheus::MetricType;
  const ProcessStat stat = ReadStat();
  static const double boot_time = BootTimeSeconds();
  const NetworkBytes network = ReadNetworkBytes();
  rlimit files{}, address_space{};
  getrlimit(RLIMIT_NOFILE, &files);
  getrlimit(RLIMIT_AS, &address_space);
  return {
      Family("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", MetricType::Counter,
             stat.cpu_seconds),
      Family("process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
             static_cast<double>(files.rlim_cur)),
      Family("process_network_receive_bytes_total", "Number of bytes received by the process over the network.",
             MetricType::Counter, network.received),
      Family("process_network_transmit_bytes_total", "Number of bytes sent by the process over the network.", MetricType::Counter,
             network.sent),
      Family("process_open_fds", "Number of open file descriptors.", MetricType::Gauge, OpenFiles()),
      Family("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge, stat.resident_bytes),
      Family("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", MetricType::Gauge,
             boot_time + stat.start_ticks),
      Family("process_threads", "Number of OS threads in the process.", MetricType::Gauge, stat.threads),
      Family("process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge, stat.virtual_bytes),
      Family("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes. -1: no limit.",
             MetricType::Gauge, LimitOf(address_space.rlim_cur)),
  };
}

}  // namespace varve
