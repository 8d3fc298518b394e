// The endpoints of a querier and what is known of each: which APIs it serves, over which labels and times, and whether it
// answers.
//
//   EndpointSet set(specs, clock, registry, logger, options);
//   PeriodicTask update("endpoints", clock, std::chrono::seconds(5), [&](const Context& ctx) { set.Update(ctx); });
//   auto fan_out = NewFanOut([&] { return set.Stores(); }, executor, registry, {});
//
//   thanos_store_nodes_grpc_connections{external_labels, store_type[, ip_port]}
//
// Shape    Update asks every endpoint for its Info at once, and waits for all but those that were silent when they were last asked. An endpoint that answered is asked by queries; one whose last answer
// failed is
//          not, unless it is strict: strict ones are always asked, before their first answer as a store of everything. One that
//          has not answered for unhealthy_timeout, or is no longer in the specs, is dropped.
// Threads  Update from one thread at a time, the rest from many; snapshots stay valid after an endpoint is dropped.
// Source   thanos pkg/query/endpointset.go.
#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "net/grpc_metrics.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/metrics.h"
#include "store/endpoint_provider.h"
#include "store/endpoint_selection.h"
#include "store/grpc_store_client.h"
#include "store/proto_convert.h"

namespace varve {

struct EndpointState {
  std::string name;
  std::string component;
  std::vector<Labels> label_sets;
  QueryRange range;
  TimestampMs last_check = 0;  // of the last answer
  absl::Status last_error;
};

// An endpoint that can be asked, for the APIs beside the store.
struct LiveEndpoint {
  std::string address;
  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<const EndpointInfo> info;
};

struct EndpointSetOptions {
  std::chrono::milliseconds info_timeout{5000};
  std::chrono::milliseconds unhealthy_timeout{std::chrono::minutes(5)};
  GrpcStoreOptions store;
  GrpcMetrics* grpc_metrics = nullptr;                                                    // outlives the set
  std::vector<std::string> connection_metric_labels = {"external_labels", "store_type"};  // and ip_port
};

class EndpointSet {
 public:
  EndpointSet(std::function<std::vector<EndpointSpec>()> specs, Clock& clock, MetricsRegistry& registry, Logger logger,
              EndpointSetOptions options);
  ~EndpointSet();

  void Update(const Context& ctx);
  // Waits until the first Update is done.
  absl::Status WaitForFirstUpdate(const Context& ctx);

  std::vector<StoreEndpoint> Stores() const;    // those that can be asked and serve the StoreAPI
  std::vector<LiveEndpoint> Live() const;       // those that can be asked, by address
  std::vector<EndpointState> Statuses() const;  // all, by name

 private:
  class Endpoint;
  struct Question;
  using Endpoints = std::map<std::string, std::shared_ptr<Endpoint>>;

  Endpoints Current() const;
  std::shared_ptr<Endpoint> Connect(const EndpointSpec& spec);
  std::shared_ptr<Endpoint> BeingAsked(const EndpointSpec& spec) const;
  void AskAll(const Context& ctx, const Endpoints& endpoints);
  void Ask(const Context& ctx, const std::shared_ptr<Endpoint>& endpoint);
  void WaitForAnswers(const Context& ctx);
  void TakeAnswers();
  void PublishMetric(const Endpoints& endpoints);

  const std::function<std::vector<EndpointSpec>()> specs_;
  Clock& clock_;
  const Logger logger_;
  const EndpointSetOptions options_;
  GaugeFamily& connections_;
  std::vector<Gauge*> connection_gauges_;  // of Update's thread
  std::set<std::string> silent_;           // addresses that did not answer when last asked: nobody waits for them
  std::map<const Endpoint*, std::unique_ptr<Question>> questions_;  // on their way, maybe since an earlier round
  Mutex asking_;
  CondVar answered_;
  mutable Mutex mutex_;
  CondVar updated_;
  bool first_update_done_ ABSL_GUARDED_BY(mutex_) = false;
  Endpoints endpoints_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
