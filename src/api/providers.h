// What else than series the API can show, each behind an interface of one function. A role gives what it has; the rest is
// answered with empty lists.
//
// Shape    requests and answers are the messages of Thanos' gRPC services, so that a provider is as well a client of a fleet as
//          a rule manager or a scraper in this process.
// Errors   a provider that may answer in part (partial_response_strategy WARN) puts what is missing into warnings.
// Threads  share freely.
#pragma once

#include <absl/status/statusor.h>
#include <proto/thanos/exemplars.pb.h>
#include <proto/thanos/metadata.pb.h>
#include <proto/thanos/rules.pb.h>
#include <proto/thanos/status.pb.h>
#include <proto/thanos/targets.pb.h>

#include <string>
#include <vector>

#include "base/time_range.h"
#include "model/labels.h"
#include "runtime/context.h"

namespace varve {

template <typename Data>
struct Provided {
  Data data;
  std::vector<std::string> warnings;
};

class RulesProvider {
 public:
  virtual ~RulesProvider() = default;
  virtual absl::StatusOr<Provided<thanos::RuleGroups>> Rules(const Context& ctx, const thanos::RulesRequest& request) = 0;
};

class TargetsProvider {
 public:
  virtual ~TargetsProvider() = default;
  virtual absl::StatusOr<Provided<thanos::TargetDiscovery>> Targets(const Context& ctx,
                                                                    const thanos::TargetsRequest& request) = 0;
};

class MetadataProvider {
 public:
  virtual ~MetadataProvider() = default;
  virtual absl::StatusOr<Provided<thanos::MetricMetadata>> Metadata(const Context& ctx,
                                                                    const thanos::MetricMetadataRequest& request) = 0;
};

class ExemplarsProvider {
 public:
  virtual ~ExemplarsProvider() = default;
  virtual absl::StatusOr<Provided<std::vector<thanos::ExemplarData>>> Exemplars(const Context& ctx,
                                                                                const thanos::ExemplarsRequest& request) = 0;
};

class StatisticsProvider {
 public:
  virtual ~StatisticsProvider() = default;
  // Of TSDB heads, by tenant.
  virtual absl::StatusOr<Provided<thanos::TSDBStatistics>> Statistics(const Context& ctx,
                                                                      const thanos::TSDBStatisticsRequest& request) = 0;
};

// One endpoint a querier knows, as /api/v1/stores shows it.
struct EndpointStatus {
  std::string name;       // its address
  std::string component;  // sidecar, store, ...; empty while unknown: then it is not shown
  TimestampMs last_check = 0;
  std::string last_error;  // empty: none
  std::vector<Labels> label_sets;
  QueryRange range;
};

class EndpointStatusProvider {
 public:
  virtual ~EndpointStatusProvider() = default;
  virtual std::vector<EndpointStatus> Endpoints() const = 0;
};

// Any of them may be null; they outlive the API.
struct FleetProviders {
  RulesProvider* rules = nullptr;
  TargetsProvider* targets = nullptr;
  MetadataProvider* metadata = nullptr;
  ExemplarsProvider* exemplars = nullptr;
  EndpointStatusProvider* endpoints = nullptr;
  StatisticsProvider* statistics = nullptr;
};

}  // namespace varve
