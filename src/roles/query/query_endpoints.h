// The endpoints of a querier: whom the flags, files and DNS name, asked again and again who they are.
//
//   QueryEndpoints endpoints(flags, process);
//   VARVE_RETURN_IF_ERROR(endpoints.Prepare());          // reads the configuration; nobody is asked yet
//   endpoints.Start([&] { probe.SetReady(); });
//
// Shape    --endpoint.sd-config-file is read again at its interval; files of --store.sd-files are looked at every few seconds and
//          count when they changed, as Thanos hears of it from the system. A file that cannot be read or parsed is logged and
//          changes nothing.
// Errors   Prepare: InvalidArgument for what flags and files say.
// Threads  Prepare, Start and Stop from one thread; set() and Endpoints() are shared.
// Source   thanos cmd/thanos/endpointset.go.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/providers.h"
#include "discovery/dns_resolver.h"
#include "net/grpc_metrics.h"
#include "roles/query/query_config.h"
#include "roles/role.h"
#include "runtime/periodic_task.h"
#include "store/endpoint_provider.h"
#include "store/endpoint_set.h"

namespace varve {

class QueryEndpoints final : public EndpointStatusProvider {
 public:
  QueryEndpoints(const EndpointFlags& flags, Process& process);
  ~QueryEndpoints() override { Stop(); }
  QueryEndpoints(const QueryEndpoints&) = delete;
  QueryEndpoints& operator=(const QueryEndpoints&) = delete;

  absl::Status Prepare();
  // `on_first_update` hears when everybody known at the start was asked once.
  void Start(std::function<void()> on_first_update);
  void Stop();

  EndpointSet& set() { return *set_; }  // once prepared
  std::vector<EndpointStatus> Endpoints() const override;

 private:
  absl::Status UseConfig(const std::string& yaml);
  void ReloadConfig(const Context& ctx);
  bool Resolve(const Context& ctx);
  void ResolveUntilFound(const Context& ctx);
  void Repeat(std::string name, int64_t interval_ms, PeriodicTask::Round round, bool at_once);

  const EndpointFlags flags_;
  Process& process_;
  GrpcMetrics client_metrics_;
  std::string config_yaml_;  // as it was last read; of the reloading thread
  std::unique_ptr<DnsResolver> resolver_;
  std::unique_ptr<EndpointProvider> provider_;
  std::unique_ptr<EndpointSet> set_;
  std::atomic<bool> lookup_failed_ = false;  // the last one
  std::vector<std::unique_ptr<PeriodicTask>> tasks_;
};

}  // namespace varve
