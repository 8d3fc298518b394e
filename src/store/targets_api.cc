#include "store/targets_api.h"

#include <algorithm>
#include <tuple>

#include "store/label_protos.h"
#include "store/timestamp_protos.h"

namespace varve {
namespace {

class TargetsProxy : public TargetsApi {
 public:
  TargetsProxy(LiveEndpoints endpoints, Executor& executor) : endpoints_(std::move(endpoints)), executor_(executor) {}

  absl::StatusOr<TargetsAnswer> Targets(const Context& ctx, const thanos::TargetsRequest& request) override {
    PeerCall<thanos::TargetsResponse, thanos::TargetDiscovery> call;
    call.what = "targets";
    call.strategy = request.partial_response_strategy();
    call.endpoints = endpoints_();
    std::erase_if(call.endpoints, [](const LiveEndpoint& endpoint) { return !endpoint.info->targets; });
    call.open = [&](const LiveEndpoint& endpoint, grpc::ClientContext& client) {
      return thanos::Targets::NewStub(endpoint.channel)->Targets(&client, request);
    };
    call.take = [](thanos::TargetsResponse& response, thanos::TargetDiscovery& targets) {
      if (response.has_targets()) targets = std::move(*response.mutable_targets());
      return response.has_targets();
    };
    return GatherFromPeers(ctx, executor_, call);
  }

 private:
  const LiveEndpoints endpoints_;
  Executor& executor_;
};

class PrometheusTargets : public TargetsApi {
 public:
  PrometheusTargets(PrometheusClient& client, std::function<Labels()> external_labels)
      : client_(client), external_labels_(std::move(external_labels)) {}

  absl::StatusOr<TargetsAnswer> Targets(const Context& ctx, const thanos::TargetsRequest& request) override {
    UrlParams params;
    if (request.state() == thanos::TargetsRequest::ACTIVE) params.Add("state", "active");
    if (request.state() == thanos::TargetsRequest::DROPPED) params.Add("state", "dropped");
    VARVE_ASSIGN_OR_RETURN(const JsonValue data, client_.Get(ctx, "/api/v1/targets", params));
    thanos::TargetDiscovery targets = TargetsOfJson(data);
    const Labels external = external_labels_();
    for (thanos::ActiveTarget& target : *targets.mutable_active_targets()) {
      Relabel(external, {}, target.mutable_discovered_labels());
      Relabel(external, {}, target.mutable_labels());
    }
    for (thanos::DroppedTarget& target : *targets.mutable_dropped_targets())
      Relabel(external, {}, target.mutable_discovered_labels());
    return TargetsAnswer{{std::move(targets)}, {}};
  }

 private:
  PrometheusClient& client_;
  const std::function<Labels()> external_labels_;
};

auto KeyOf(const thanos::ActiveTarget& target) {
  return std::tuple(target.scrape_url(), target.scrape_pool(), LabelsOf(target.discovered_labels()), LabelsOf(target.labels()));
}

// Of equal targets the smallest counts: down before up before unknown, then the younger scrape.
auto RankOf(const thanos::ActiveTarget& target) {
  return std::tuple(target.health(), -target.last_scrape().seconds(), -target.last_scrape().nanos());
}

}  // namespace

thanos::TargetDiscovery TidyTargets(const std::vector<thanos::TargetDiscovery>& parts,
                                    const std::vector<std::string>& replica_labels) {
  std::vector<thanos::ActiveTarget> active;
  std::vector<thanos::DroppedTarget> dropped;
  for (const thanos::TargetDiscovery& part : parts) {
    active.insert(active.end(), part.active_targets().begin(), part.active_targets().end());
    dropped.insert(dropped.end(), part.dropped_targets().begin(), part.dropped_targets().end());
  }
  for (thanos::ActiveTarget& target : active) {
    Relabel(Labels(), replica_labels, target.mutable_discovered_labels());
    Relabel(Labels(), replica_labels, target.mutable_labels());
  }
  for (thanos::DroppedTarget& target : dropped) Relabel(Labels(), replica_labels, target.mutable_discovered_labels());
  std::stable_sort(active.begin(), active.end(), [](const auto& a, const auto& b) {
    const auto key_a = KeyOf(a), key_b = KeyOf(b);
    return key_a != key_b ? key_a < key_b : RankOf(a) < RankOf(b);
  });
  std::stable_sort(dropped.begin(), dropped.end(), [](const auto& a, const auto& b) {
    return LabelsOf(a.discovered_labels()) < LabelsOf(b.discovered_labels());
  });
  thanos::TargetDiscovery all;
  for (size_t i = 0; i < active.size(); ++i) {
    if (i == 0 || KeyOf(active[i - 1]) != KeyOf(active[i])) *all.add_active_targets() = active[i];
  }
  for (size_t i = 0; i < dropped.size(); ++i) {
    const bool is_new = i == 0 || LabelsOf(dropped[i - 1].discovered_labels()) != LabelsOf(dropped[i].discovered_labels());
    if (is_new) *all.add_dropped_targets() = dropped[i];
  }
  return all;
}

thanos::TargetDiscovery TargetsOfJson(const JsonValue& data) {
  const auto text = [](const JsonValue& value) { return std::string(value.StringOr("")); };
  thanos::TargetDiscovery targets;
  for (const JsonValue& json : data["activeTargets"].array()) {
    thanos::ActiveTarget* target = targets.add_active_targets();
    SetLabels(LabelsOfJson(json["discoveredLabels"]), target->mutable_discovered_labels());
    SetLabels(LabelsOfJson(json["labels"]), target->mutable_labels());
    target->set_scrape_pool(text(json["scrapePool"]));
    target->set_scrape_url(text(json["scrapeUrl"]));
    target->set_global_url(text(json["globalUrl"]));
    target->set_last_error(text(json["lastError"]));
    SetTimestamp(json["lastScrape"].StringOr(""), target->mutable_last_scrape());
    target->set_last_scrape_duration(json["lastScrapeDuration"].DoubleOr(0));
    const std::string_view health = json["health"].StringOr("");
    target->set_health(health == "up"     ? thanos::TARGET_HEALTH_UP
                       : health == "down" ? thanos::TARGET_HEALTH_DOWN
                                          : thanos::TARGET_HEALTH_UNKNOWN);
  }
  for (const JsonValue& json : data["droppedTargets"].array()) {
    SetLabels(LabelsOfJson(json["discoveredLabels"]), targets.add_dropped_targets()->mutable_discovered_labels());
  }
  return targets;
}

std::unique_ptr<TargetsApi> NewTargetsProxy(LiveEndpoints endpoints, Executor& executor) {
  return std::make_unique<TargetsProxy>(std::move(endpoints), executor);
}

std::unique_ptr<TargetsApi> NewPrometheusTargets(PrometheusClient& client, std::function<Labels()> external_labels) {
  return std::make_unique<PrometheusTargets>(client, std::move(external_labels));
}

grpc::ServerWriteReactor<thanos::TargetsResponse>* GrpcTargetsService::Targets(grpc::CallbackServerContext* call,
                                                                               const thanos::TargetsRequest* request) {
  using Next = StreamedAnswer<thanos::TargetsResponse>::Next;
  return StreamedAnswer<thanos::TargetsResponse>::Start(
      *call, executor_, [this, request](const Context& ctx) -> absl::StatusOr<Next> {
        VARVE_ASSIGN_OR_RETURN(TargetsAnswer answer, targets_.Targets(ctx, *request));
        return ToResponses<thanos::TargetsResponse>(std::move(answer),
                                                    [](thanos::TargetsResponse& response, thanos::TargetDiscovery part) {
                                                      *response.mutable_targets() = std::move(part);
                                                    });
      });
}

}  // namespace varve
