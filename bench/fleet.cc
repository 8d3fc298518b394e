#include "fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/hash.h"

namespace varve::bench {
namespace {

constexpr std::array<std::string_view, 10> kPaths = {"/",           "/api/cart",     "/api/login",  "/api/logout",
                                                     "/api/orders", "/api/products", "/api/search", "/api/users",
                                                     "/health",     "/static"};
constexpr std::array<std::string_view, 3> kCodes = {"200", "404", "500"};
constexpr std::array<std::string_view, 10> kBounds = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf"};
constexpr std::array<std::string_view, 5> kModes = {"idle", "iowait", "softirq", "system", "user"};
// How much of the requests each bucket adds.
constexpr std::array<double, 10> kShares = {0.05, 0.1, 0.2, 0.25, 0.2, 0.1, 0.05, 0.03, 0.015, 0.005};

// A small, fast generator: the content of billions of samples need not be better.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2654435769 + 1) {}
  uint32_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<uint32_t>(state_ >> 32);
  }
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(uint64_t{Next()} * bound >> 32); }

 private:
  uint64_t state_;
};

// What a series shows at each scrape.
class Source {
 public:
  explicit Source(const FleetSeries& series) : series_(series), random_(series.seed), per_scrape_(1 + series.seed % 400) {
    value_ = series.signal == Signal::kTemperature ? 200 + series.seed % 400 : series.signal == Signal::kMemory ? 100'000 : 0;
  }

  void Restart() {
    if (series_.signal != Signal::kTemperature && series_.signal != Signal::kMemory) value_ = 0;
  }

  double Next() {
    switch (series_.signal) {
      case Signal::kOne: return 1;
      case Signal::kRequests: return value_ += random_.Below(2 * per_scrape_);
      case Signal::kLatencyBucket: {
        const uint32_t requests = random_.Below(2 * per_scrape_);
        return value_ += std::floor(requests * share_);
      }
      case Signal::kLatencySum: return (value_ += random_.Below(2 * per_scrape_)) / 16;
      case Signal::kCpuSeconds: return (value_ += random_.Below(1500)) / 100;
      case Signal::kTemperature: return (value_ += static_cast<int>(random_.Below(11)) - 5) / 10;
      case Signal::kMemory: return (value_ += static_cast<int>(random_.Below(201)) - 100) * 4096;
      case Signal::kNativeLatency: return 0;
    }
    return 0;
  }

  void Next(FloatHistogram& histogram) {
    for (double& count : histogram.positive) {
      const uint32_t more = random_.Below(per_scrape_);
      count += more;
      histogram.count += more;
      histogram.sum += 0.125 * more;
    }
  }

 private:
  static double ShareUpTo(uint32_t bucket) {
    double share = 0;
    for (uint32_t i = 0; i <= bucket; ++i) share += kShares[i];
    return share;
  }

  const FleetSeries& series_;
  Random random_;
  const uint32_t per_scrape_;
  const double share_ = ShareUpTo(series_.bucket);
  double value_ = 0;
};

FloatHistogram EmptyHistogram() {
  FloatHistogram histogram = {.schema = 3, .zero_threshold = 1e-128};
  histogram.positive_spans = {{-20, 8}, {2, 12}};
  histogram.positive.assign(20, 0);
  return histogram;
}

}  // namespace

std::vector<FleetSeries> FloatSeries(uint32_t instances) {
  std::vector<FleetSeries> all;
  for (uint32_t i = 0; i < instances; ++i) {
    const std::string instance = fmt::format("10.0.{}.{}:9100", i / 250, i % 250), job = fmt::format("web-{}", i % 4);
    uint32_t next = i * 1000;
    const auto add = [&](std::vector<LabelView> labels, Signal signal, uint32_t seed, uint32_t bucket = 0) {
      labels.push_back({"instance", instance});
      labels.push_back({"job", job});
      all.push_back({Labels(std::move(labels)), signal, i, seed, bucket});
    };
    for (const std::string_view path : kPaths) {
      for (const std::string_view code : kCodes) {
        add({{"__name__", "http_requests_total"}, {"path", path}, {"code", code}}, Signal::kRequests, ++next);
      }
    }
    for (const std::string_view handler : {"api", "page"}) {
      ++next;
      for (uint32_t b = 0; b < kBounds.size(); ++b) {
        add({{"__name__", "http_request_duration_seconds_bucket"}, {"handler", handler}, {"le", kBounds[b]}},
            Signal::kLatencyBucket, next, b);
      }
      add({{"__name__", "http_request_duration_seconds_count"}, {"handler", handler}}, Signal::kLatencyBucket, next,
          kBounds.size() - 1);
      add({{"__name__", "http_request_duration_seconds_sum"}, {"handler", handler}}, Signal::kLatencySum, next);
    }
    for (const std::string_view cpu : {"0", "1", "2", "3"}) {
      for (const std::string_view mode : kModes) {
        add({{"__name__", "node_cpu_seconds_total"}, {"cpu", cpu}, {"mode", mode}}, Signal::kCpuSeconds, ++next);
      }
    }
    for (int sensor = 0; sensor < 20; ++sensor) {
      const std::string name = fmt::format("temp{}", sensor);
      add({{"__name__", "node_temperature_celsius"}, {"sensor", name}}, Signal::kTemperature, ++next);
    }
    for (const std::string_view area : {"buffers", "cached", "free", "used"}) {
      add({{"__name__", "node_memory_bytes"}, {"area", area}}, Signal::kMemory, ++next);
    }
    const std::string version = fmt::format("1.{}", i % 7);
    add({{"__name__", "build_info"}, {"version", version}}, Signal::kOne, ++next);
    add({{"__name__", "up"}}, Signal::kOne, ++next);
  }
  std::sort(all.begin(), all.end(), [](const FleetSeries& a, const FleetSeries& b) { return a.labels < b.labels; });
  return all;
}

std::vector<FleetSeries> NativeSeries(uint32_t instances) {
  std::vector<FleetSeries> all;
  for (uint32_t i = 0; i < instances; ++i) {
    const std::string instance = fmt::format("10.0.{}.{}:9100", i / 250, i % 250), job = fmt::format("web-{}", i % 4);
    all.push_back({Labels({{"__name__", "rpc_latency_seconds"}, {"instance", instance}, {"job", job}}), Signal::kNativeLatency, i,
                   i * 7 + 1, 0});
  }
  std::sort(all.begin(), all.end(), [](const FleetSeries& a, const FleetSeries& b) { return a.labels < b.labels; });
  return all;
}

void Generate(const FleetSeries& series, TimestampMs start, TimestampMs end, SeriesSamples& out) {
  out.Clear();
  Random scrapes(series.instance + 17);  // equal for all series of an instance, as one scrape brings them all
  const TimestampMs first = start + 5 + 10 * scrapes.Below(kScrapeMs / 10);
  const TimestampMs restart = start + scrapes.Below(static_cast<uint32_t>(end - start));
  Source source(series);
  FloatHistogram histogram = EmptyHistogram();
  bool restarted = false;
  for (TimestampMs due = first; due < end - 1; due += kScrapeMs) {
    const uint32_t dice = scrapes.Below(20);
    const TimestampMs time = due + (dice == 0 ? -1 : dice == 1 ? 1 : 0);
    if (!restarted && time >= restart) {
      restarted = true;
      source.Restart();
      histogram = EmptyHistogram();
    }
    if (series.signal == Signal::kNativeLatency) {
      source.Next(histogram);
      out.histograms.Append(time, histogram);
    } else {
      out.floats.Append(time, source.Next());
    }
  }
}

}  // namespace varve::bench
