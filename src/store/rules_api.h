// Rule groups over gRPC: gathered from endpoints, read from a Prometheus, served, filtered, and rid of replicas' copies.
//
// Source   thanos pkg/rules/{rules,proxy,prometheus}.go, pkg/rules/rulespb/custom.go.
#pragma once

#include <proto/thanos/rules.grpc.pb.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/peer_calls.h"
#include "store/prometheus_client.h"

namespace varve {

using RulesAnswer = Gathered<thanos::RuleGroup>;

class RulesApi {  // safe to share
 public:
  virtual ~RulesApi() = default;
  virtual absl::StatusOr<RulesAnswer> Rules(const Context& ctx, const thanos::RulesRequest& request) = 0;
};

// What the references name outlives the results.
std::unique_ptr<RulesApi> NewRulesProxy(LiveEndpoints endpoints, Executor& executor);
std::unique_ptr<RulesApi> NewPrometheusRules(PrometheusClient& client, std::function<Labels()> external_labels);

class GrpcRulesService final : public thanos::Rules::CallbackService {
 public:
  GrpcRulesService(RulesApi& rules, Executor& executor) : rules_(rules), executor_(executor) {}
  grpc::ServerWriteReactor<thanos::RulesResponse>* Rules(grpc::CallbackServerContext* call,
                                                         const thanos::RulesRequest* request) override;

 private:
  RulesApi& rules_;
  Executor& executor_;
};

struct RuleFilter {
  std::vector<Matchers> matcher_sets;  // a rule must satisfy all of them, with those of its labels that are no templates
  std::vector<std::string> rule_names, group_names, files;  // one of each, unless empty
};

// Keeps the rules the filter wants, and with a filter only groups that have some; joins equal groups, takes replica labels out,
// and of equal rules keeps the one whose alert is worst, then the one evaluated last. Groups by file and name, rules in Thanos'
// order.
std::vector<thanos::RuleGroup> TidyRules(std::vector<thanos::RuleGroup> groups, const RuleFilter& filter,
                                         const std::vector<std::string>& replica_labels);

// The groups of an answer of /api/v1/rules ("data").
std::vector<thanos::RuleGroup> RuleGroupsOfJson(const JsonValue& data);

}  // namespace varve
