#include "runtime/metrics.h"

#include <prometheus/text_serializer.h>

#include <iterator>

#include "runtime/process_metrics.h"

namespace varve {

CounterFamily& NewCounterFamily(MetricsRegistry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

GaugeFamily& NewGaugeFamily(MetricsRegistry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

HistogramFamily& NewHistogramFamily(MetricsRegistry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

Counter& NewCounter(MetricsRegistry& registry, const std::string& name, const std::string& help, const MetricLabels& labels) {
  return NewCounterFamily(registry, name, help).Add(labels);
}

Gauge& NewGauge(MetricsRegistry& registry, const std::string& name, const std::string& help, const MetricLabels& labels) {
  return NewGaugeFamily(registry, name, help).Add(labels);
}

HistogramMetric& NewHistogram(MetricsRegistry& registry, const std::string& name, const std::string& help,
                              const MetricBuckets& buckets, const MetricLabels& labels) {
  return NewHistogramFamily(registry, name, help).Add(labels, buckets);
}

std::string MetricsAsText(const MetricsRegistry& registry) {
  std::vector<prometheus::MetricFamily> families = registry.Collect();
  std::vector<prometheus::MetricFamily> process = CollectProcessMetrics();
  families.insert(families.end(), std::make_move_iterator(process.begin()), std::make_move_iterator(process.end()));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace varve
