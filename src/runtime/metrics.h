// Metrics about ourselves, on prometheus-cpp. A registry is passed in, never global.
//
//   Counter& uploads = NewCounter(registry, "thanos_shipper_uploads_total", "Total number of uploaded blocks.");
//   uploads.Increment();
//   CounterFamily& by_kind = NewCounterFamily(registry, "thanos_objstore_bucket_operations_total", "...");
//   by_kind.Add({{"operation", "get"}}).Increment();      // the same labels give the same counter
//
// Shape    the registry owns every family and lives as long as its role. Making the same name twice gives the same family.
// Threads  share freely. Keep the reference that Add returns: it takes a lock, Increment does not.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <string_view>
#include <vector>

namespace varve {

using MetricsRegistry = prometheus::Registry;
using Counter = prometheus::Counter;
using Gauge = prometheus::Gauge;
using HistogramMetric = prometheus::Histogram;  // `Histogram` is a native histogram sample in Varve
using CounterFamily = prometheus::Family<Counter>;
using GaugeFamily = prometheus::Family<Gauge>;
using HistogramFamily = prometheus::Family<HistogramMetric>;
using MetricLabels = prometheus::Labels;
using MetricBuckets = HistogramMetric::BucketBoundaries;

CounterFamily& NewCounterFamily(MetricsRegistry& registry, const std::string& name, const std::string& help);
GaugeFamily& NewGaugeFamily(MetricsRegistry& registry, const std::string& name, const std::string& help);
HistogramFamily& NewHistogramFamily(MetricsRegistry& registry, const std::string& name, const std::string& help);

Counter& NewCounter(MetricsRegistry& registry, const std::string& name, const std::string& help, const MetricLabels& labels = {});
Gauge& NewGauge(MetricsRegistry& registry, const std::string& name, const std::string& help, const MetricLabels& labels = {});
HistogramMetric& NewHistogram(MetricsRegistry& registry, const std::string& name, const std::string& help,
                              const MetricBuckets& buckets, const MetricLabels& labels = {});

// All metrics of the registry, and those of the process (process_*), in the text format, version 0.0.4.
std::string MetricsAsText(const MetricsRegistry& registry);

}  // namespace varve
