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
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  return {
      Family("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", MetricType::Counter,
             stat.cpu_seconds),
      Family("process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
             static_cast<double>(files.rlim_cur)),
      Family("process_open_fds", "Number of open file descriptors.", MetricType::Gauge, OpenFiles()),
      Family("process_resident_memory_bytes", "Resident memory size in bytes.", MetricType::Gauge, stat.resident_bytes),
      Family("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", MetricType::Gauge,
             boot_time + stat.start_ticks),
      Family("process_threads", "Number of OS threads in the process.", MetricType::Gauge, stat.threads),
      Family("process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge, stat.virtual_bytes),
  };
}

}  // namespace varve
