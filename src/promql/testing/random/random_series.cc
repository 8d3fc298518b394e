#include "promql/testing/random/random_series.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "promql/testing/random/random.h"
#include "promql/testing/random/random_histograms.h"

namespace varve::promql {
namespace {

constexpr int64_t kIntervalMs = 15'000;

// The scrapes of one target: when, and where it went away.
struct Scrape {
  TimestampMs time = 0;
  bool stale = false;
};

class Generator {
 public:
  Generator(uint64_t seed, const RandomSeriesOptions& options) : random_(seed), options_(options) {}

  SeriesMap Run() {
    for (const std::string_view job : {"a", "b"}) {
      for (const std::string_view instance : {"1", "2", "3"}) Target(job, instance);
    }
    return std::move(series_);
  }

 private:
  void Target(std::string_view job, std::string_view instance);
  std::vector<Scrape> Scrapes();
  TimestampMs PlaceBetweenSeconds(TimestampMs time) const;

  template <typename NextValue>
  void Floats(const Labels& labels, const NextValue& next);
  double CounterBase(int resets);
  void Counter(const Labels& labels);
  void Gauge(const Labels& labels);
  void Odd(const Labels& labels);
  void ClassicHistogram(std::string_view job, std::string_view instance);
  void NativeHistogram(const Labels& labels, HistogramKind kind, int float_percent);

  Random random_;
  const RandomSeriesOptions options_;
  SeriesMap series_;
  int gauges_ = 0;
};

void Generator::Target(std::string_view job, std::string_view instance) {
  const auto named = [&](std::string_view name) { return Labels{{"__name__", name}, {"job", job}, {"instance", instance}}; };
  const std::string_view zone = instance == "3" ? "münchen" : "eu";
  Counter({{"__name__", "c_total"}, {"job", job}, {"instance", instance}, {"zone", zone}});
  Counter({{"__name__", "e_total"}, {"job", job}, {"instance", instance}});
  Gauge(named("g"));
  Gauge({{"__name__", "g"}, {"job", job}, {"instance", instance}, {"zone", "другая"}});
  Odd(named("odd"));
  ClassicHistogram(job, instance);
  Counter({{"__name__", "utf8.metric"}, {"job", job}, {"instance", instance}, {options_.modern ? "a.b" : "ab", zone}});
  Floats({{"__name__", "target_info"}, {"job", job}, {"instance", instance}, {"version", random_.Percent(50) ? "1" : "2"}},
         [] { return 1.0; });
  NativeHistogram(named("h"), HistogramKind::kCounter, 0);
  NativeHistogram(named("hg"), HistogramKind::kGauge, 0);
  if (options_.modern) NativeHistogram(named("hc"), HistogramKind::kCustom, 0);
  NativeHistogram(named("mixed"), HistogramKind::kCounter, 40);
}

TimestampMs Generator::PlaceBetweenSeconds(TimestampMs time) const {
  return options_.between_seconds && time % 1000 == 0 ? time + 1 : time;
}

// Late comers, early leavers and gaps; what goes away does so with a stale marker or without.
std::vector<Scrape> Generator::Scrapes() {
  const bool on_grid = !options_.between_seconds && random_.Percent(50);
  const int64_t phase = on_grid ? random_.Between(0, 2) * 5'000 : random_.Between(1, kIntervalMs - 1);
  const int64_t begin = random_.Percent(20) ? random_.Between(0, kRandomSeriesMs / 2) : 0;
  const int64_t end = random_.Percent(20) ? random_.Between(kRandomSeriesMs / 2, kRandomSeriesMs) : kRandomSeriesMs;
  std::vector<Scrape> scrapes;
  for (int64_t time = phase; time < kRandomSeriesMs; time += kIntervalMs) {
    if (time < begin) continue;
    const int64_t jitter = on_grid ? 0 : random_.Between(-20, 20);
    const TimestampMs at = PlaceBetweenSeconds(options_.start + std::max<int64_t>(0, time + jitter));
    const bool leaves = time >= end, pauses = random_.Percent(2);
    scrapes.push_back({.time = at, .stale = (leaves || pauses) && random_.Percent(60)});
    if (leaves) break;
    if (pauses) time += kIntervalMs * random_.Between(1, 30);
  }
  return scrapes;
}

template <typename NextValue>
void Generator::Floats(const Labels& labels, const NextValue& next) {
  FloatColumns& floats = series_[labels].floats;
  for (const Scrape& scrape : Scrapes()) {
    const double value = next();
    floats.Append(scrape.time, scrape.stale ? StaleNan() : value);
  }
}

// Where a counter stands when it begins, and after its next reset. In the classic dialect it stays so far from zero that no
// window is extrapolated to it: 2.42 did that before it looked at the distance of the samples (changed by #13725).
double Generator::CounterBase(int resets) {
  if (options_.modern) return static_cast<double>(random_.Below(1000)) / 8;
  return std::pow(10, std::max(6 - resets, 2));
}

void Generator::Counter(const Labels& labels) {
  int resets = 0;
  double value = CounterBase(0);
  Floats(labels, [&] {
    value += random_.Pick({0, 1, 8, 10, 80, 800}) / 8.0;
    if (random_.Percent(3) && (options_.modern || resets < 3)) value = CounterBase(++resets);
    return value;
  });
}

void Generator::Gauge(const Labels& labels) {
  const double own = ++gauges_ / 4096.0;
  double value = own;
  Floats(labels, [&] {
    if (!random_.Percent(20)) value = static_cast<double>(random_.Between(-800, 800)) / 8 + own;
    return value;
  });
}

void Generator::Odd(const Labels& labels) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  Floats(labels, [&] {
    if (random_.Percent(75)) return static_cast<double>(random_.Between(-40, 40)) / 8;
    // 3.x made infinities in sums and deviations consistent (#14941, #16569, #16773), and -0 no sum.
    if (!options_.modern) return random_.Pick({std::bit_cast<double>(kNormalNanBits), 0.0, 1.0});
    return random_.Pick({std::bit_cast<double>(kNormalNanBits), kInf, -kInf, 0.0, -0.0, 1e300, 1e-300});
  });
}

void Generator::ClassicHistogram(std::string_view job, std::string_view instance) {
  struct Bucket {
    std::string_view bound;
    double upper;
    double count = 0;
  };
  std::vector<Bucket> buckets = {{"0.125", 0.125}, {"0.5", 0.5}, {"1", 1}, {"5", 5}, {"+Inf", 1e9}};
  if (job == "b" && instance == "1") buckets.pop_back();
  if (job == "b" && instance == "2") buckets.push_back({"none", 2e9});
  double sum = 0, count = 0;
  int resets = 0;
  const auto start = [&] {
    sum = count = options_.modern ? 0 : CounterBase(resets);
    for (Bucket& bucket : buckets) bucket.count = count;
  };
  start();
  for (const Scrape& scrape : Scrapes()) {
    if (random_.Percent(2) && (options_.modern || resets < 3)) {
      ++resets;
      start();
    }
    for (size_t i = random_.Below(6); i > 0; --i) {
      const double observed = static_cast<double>(random_.Below(64)) / 8;
      for (Bucket& bucket : buckets) bucket.count += observed <= bucket.upper ? 1 : 0;
      sum += observed;
      ++count;
    }
    const auto put = [&](const Labels& labels, double value) {
      series_[labels].floats.Append(scrape.time, scrape.stale ? StaleNan() : value);
    };
    for (const Bucket& bucket : buckets) {
      put({{"__name__", "l_bucket"}, {"job", job}, {"instance", instance}, {"le", bucket.bound}}, bucket.count);
    }
    put({{"__name__", "l_sum"}, {"job", job}, {"instance", instance}}, sum);
    put({{"__name__", "l_count"}, {"job", job}, {"instance", instance}}, count);
  }
}

void Generator::NativeHistogram(const Labels& labels, HistogramKind kind, int float_percent) {
  RandomHistogram histogram(random_, kind);
  bool is_float = false;
  SeriesSamples& samples = series_[labels];
  for (const Scrape& scrape : Scrapes()) {
    if (random_.Percent(5)) is_float = random_.Percent(float_percent);
    if (scrape.stale) {
      samples.floats.Append(scrape.time, StaleNan());
    } else if (is_float) {
      samples.floats.Append(scrape.time, static_cast<double>(random_.Between(-80, 80)) / 8);
    } else {
      samples.histograms.Append(scrape.time, histogram.Next());
    }
  }
}

}  // namespace

SeriesMap RandomSeries(uint64_t seed, const RandomSeriesOptions& options) { return Generator(seed, options).Run(); }

}  // namespace varve::promql
