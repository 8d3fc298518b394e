#include "store/rules_api.h"

#include <algorithm>
#include <tuple>

#include "store/label_protos.h"

namespace varve {
namespace {

class RulesProxy : public RulesApi {
 public:
  RulesProxy(LiveEndpoints endpoints, Executor& executor) : endpoints_(std::move(endpoints)), executor_(executor) {}

  absl::StatusOr<RulesAnswer> Rules(const Context& ctx, const thanos::RulesRequest& request) override {
    PeerCall<thanos::RulesResponse, thanos::RuleGroup> call;
    call.what = "rules";
    call.strategy = request.partial_response_strategy();
    call.endpoints = endpoints_();
    std::erase_if(call.endpoints, [](const LiveEndpoint& endpoint) { return !endpoint.info->rules; });
    call.open = [&](const LiveEndpoint& endpoint, grpc::ClientContext& client) {
      return thanos::Rules::NewStub(endpoint.channel)->Rules(&client, request);
    };
    call.take = [](thanos::RulesResponse& response, thanos::RuleGroup& group) {
      if (response.has_group()) group = std::move(*response.mutable_group());
      return response.has_group();
    };
    return GatherFromPeers(ctx, executor_, call);
  }

 private:
  const LiveEndpoints endpoints_;
  Executor& executor_;
};

thanos::ZLabelSet* MutableLabels(thanos::Rule& rule) {
  return rule.has_alert() ? rule.mutable_alert()->mutable_labels() : rule.mutable_recording()->mutable_labels();
}
const std::string& NameOf(const thanos::Rule& rule) { return rule.has_alert() ? rule.alert().name() : rule.recording().name(); }
const std::string& QueryOf(const thanos::Rule& rule) {
  return rule.has_alert() ? rule.alert().query() : rule.recording().query();
}
Labels LabelsOf(const thanos::Rule& rule) {
  return varve::LabelsOf(rule.has_alert() ? rule.alert().labels() : rule.recording().labels());
}

class PrometheusRules : public RulesApi {
 public:
  PrometheusRules(PrometheusClient& client, std::function<Labels()> external_labels)
      : client_(client), external_labels_(std::move(external_labels)) {}

  absl::StatusOr<RulesAnswer> Rules(const Context& ctx, const thanos::RulesRequest& request) override {
    UrlParams params;
    if (request.type() == thanos::RulesRequest::ALERT) params.Add("type", "alert");
    if (request.type() == thanos::RulesRequest::RECORD) params.Add("type", "record");
    VARVE_ASSIGN_OR_RETURN(const JsonValue data, client_.Get(ctx, "/api/v1/rules", params));
    RulesAnswer answer = {RuleGroupsOfJson(data), {}};
    const Labels external = external_labels_();
    for (thanos::RuleGroup& group : answer.parts) {
      group.set_partial_response_strategy(thanos::ABORT);  // a Prometheus knows no partial responses
      for (thanos::Rule& rule : *group.mutable_rules()) Relabel(external, {}, MutableLabels(rule));
    }
    return answer;
  }

 private:
  PrometheusClient& client_;
  const std::function<Labels()> external_labels_;
};

bool Wanted(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

// A template is not known before the rule is evaluated, so its label counts as absent.
Labels WithoutTemplates(const Labels& labels) {
  LabelsBuilder builder(labels);
  for (const LabelView& label : labels) {
    if (label.value.find("{{") != std::string_view::npos) builder.Del(label.name);
  }
  return builder.Build();
}

bool Wanted(const RuleFilter& filter, const thanos::Rule& rule) {
  if (!Wanted(filter.rule_names, NameOf(rule))) return false;
  if (filter.matcher_sets.empty()) return true;
  const Labels labels = WithoutTemplates(LabelsOf(rule));
  return std::all_of(filter.matcher_sets.begin(), filter.matcher_sets.end(),
                     [&](const Matchers& matchers) { return MatchesAll(matchers, labels); });
}

// Rules with equal keys are one rule. Alerts come before recordings.
auto KeyOf(const thanos::Rule& rule) {
  return std::tuple(!rule.has_alert(), NameOf(rule), LabelsOf(rule), QueryOf(rule),
                    rule.has_alert() ? rule.alert().duration_seconds() : 0);
}

// Of equal rules, what is worse or younger is greater.
auto RankOf(const thanos::Rule& rule) {
  const google::protobuf::Timestamp& at = rule.has_alert() ? rule.alert().last_evaluation() : rule.recording().last_evaluation();
  return std::tuple(rule.has_alert() ? rule.alert().state() : thanos::UNKNOWN, at.seconds(), at.nanos());
}

void TidyGroup(const std::vector<std::string>& replica_labels, thanos::RuleGroup& group) {
  std::vector<thanos::Rule> rules(std::make_move_iterator(group.mutable_rules()->begin()),
                                  std::make_move_iterator(group.mutable_rules()->end()));
  for (thanos::Rule& rule : rules) Relabel(Labels(), replica_labels, MutableLabels(rule));
  std::stable_sort(rules.begin(), rules.end(), [](const thanos::Rule& a, const thanos::Rule& b) {
    const auto key_a = KeyOf(a), key_b = KeyOf(b);
    return key_a != key_b ? key_a < key_b : RankOf(b) < RankOf(a);
  });
  group.clear_rules();
  for (size_t i = 0; i < rules.size(); ++i) {
    if (i == 0 || KeyOf(rules[i - 1]) != KeyOf(rules[i])) *group.add_rules() = rules[i];
  }
}

}  // namespace

std::vector<thanos::RuleGroup> TidyRules(std::vector<thanos::RuleGroup> groups, const RuleFilter& filter,
                                         const std::vector<std::string>& replica_labels) {
  const bool filtered =
      !filter.matcher_sets.empty() || !filter.rule_names.empty() || !filter.group_names.empty() || !filter.files.empty();
  std::erase_if(groups, [&](thanos::RuleGroup& group) {
    if (!Wanted(filter.group_names, group.name()) || !Wanted(filter.files, group.file())) return true;
    auto* rules = group.mutable_rules();
    rules->erase(std::remove_if(rules->begin(), rules->end(), [&](const thanos::Rule& rule) { return !Wanted(filter, rule); }),
                 rules->end());
    return filtered && rules->empty();
  });
  const auto key = [](const thanos::RuleGroup& group) { return std::tie(group.file(), group.name()); };
  std::stable_sort(groups.begin(), groups.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::vector<thanos::RuleGroup> joined;
  for (thanos::RuleGroup& group : groups) {
    if (!joined.empty() && key(joined.back()) == key(group)) {
      joined.back().mutable_rules()->MergeFrom(group.rules());
    } else {
      joined.push_back(std::move(group));
    }
  }
  for (thanos::RuleGroup& group : joined) TidyGroup(replica_labels, group);
  return joined;
}

std::unique_ptr<RulesApi> NewRulesProxy(LiveEndpoints endpoints, Executor& executor) {
  return std::make_unique<RulesProxy>(std::move(endpoints), executor);
}

std::unique_ptr<RulesApi> NewPrometheusRules(PrometheusClient& client, std::function<Labels()> external_labels) {
  return std::make_unique<PrometheusRules>(client, std::move(external_labels));
}

grpc::ServerWriteReactor<thanos::RulesResponse>* GrpcRulesService::Rules(grpc::CallbackServerContext* call,
                                                                         const thanos::RulesRequest* request) {
  using Next = StreamedAnswer<thanos::RulesResponse>::Next;
  return StreamedAnswer<thanos::RulesResponse>::Start(
      *call, executor_, [this, request](const Context& ctx) -> absl::StatusOr<Next> {
        VARVE_ASSIGN_OR_RETURN(RulesAnswer answer, rules_.Rules(ctx, *request));
        return ToResponses<thanos::RulesResponse>(
            std::move(answer),
            [](thanos::RulesResponse& response, thanos::RuleGroup group) { *response.mutable_group() = std::move(group); });
      });
}

}  // namespace varve
