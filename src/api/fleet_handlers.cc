#include "api/fleet_handlers.h"

#include <charconv>
#include <limits>

#include "api/api_params.h"
#include "api/api_response.h"
#include "api/fleet_json.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/parser.h"
#include "store/proto_convert.h"
#include "store/tsdb_statistics.h"

namespace varve {
namespace {

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return upper;
}

// What a provider cannot do is our trouble, not the request's: Thanos calls it internal.
HttpResponse ProviderFailed(std::string_view what, const absl::Status& status) {
  if (absl::IsCancelled(status) || absl::IsDeadlineExceeded(status)) return RespondError(status);
  return RespondError(Internal("{}: {}", what, Message(status)));
}

template <typename Data, typename ToJson>
HttpResponse Answer(absl::StatusOr<Provided<Data>> provided, std::string_view what, const ToJson& to_json) {
  if (!provided.ok()) return ProviderFailed(what, provided.status());
  return RespondData(to_json(provided->data), {.warnings = std::move(provided->warnings)});
}

template <typename Message>
void SetStrings(const std::vector<std::string>& from, Message* to) {
  for (const std::string& text : from) *to->Add() = text;
}

std::string TenantOf(const HttpRequest& request, const QueryApiConfig& config) {
  const std::string_view tenant = request.headers.Get(config.tenant_header);
  return tenant.empty() ? config.default_tenant : std::string(tenant);
}

absl::StatusOr<thanos::TSDBStatisticsRequest> ReadStatisticsRequest(const HttpRequest& request, const QueryApiConfig& config) {
  constexpr uint64_t kLimitDefault = 10;
  VARVE_ASSIGN_OR_RETURN(uint64_t limit, LimitParam(request.form));
  if (limit > std::numeric_limits<int32_t>::max()) return InvalidArgument("limit {} overflows int32", limit);
  if (limit == 0) limit = kLimitDefault;
  thanos::TSDBStatisticsRequest statistics;
  statistics.set_limit(static_cast<int32_t>(limit));
  statistics.set_partial_response_strategy(config.status_partial_response ? thanos::WARN : thanos::ABORT);
  VARVE_ASSIGN_OR_RETURN(std::vector<Matchers> selectors, SelectorsParam(request.form, "match[]"));
  if (config.enforce_tenancy) selectors.push_back({Matcher::Equal(config.tenant_label, TenantOf(request, config))});
  for (const Matchers& selector : selectors) {
    for (const Matcher& matcher : selector) *statistics.add_matchers() = ToProto(matcher);
  }
  return statistics;
}

}  // namespace

HttpResponse FleetHandlers::Rules(const HttpRequest& request) const {
  thanos::RulesRequest rules;
  const std::string_view type = request.query.Get("type");
  if (type.empty() || UpperCase(type) == "ALL") {
    rules.set_type(thanos::RulesRequest::ALL);
  } else if (UpperCase(type) == "ALERT") {
    rules.set_type(thanos::RulesRequest::ALERT);
  } else if (UpperCase(type) == "RECORD") {
    rules.set_type(thanos::RulesRequest::RECORD);
  } else {
    return RespondError(InvalidArgument("invalid rules parameter type='{}'", type));
  }
  rules.set_partial_response_strategy(config_.rule_partial_response ? thanos::WARN : thanos::ABORT);
  SetStrings(request.form.GetAll("match[]"), rules.mutable_matcher_string());
  SetStrings(request.form.GetAll("rule_name[]"), rules.mutable_rule_name());
  SetStrings(request.form.GetAll("rule_group[]"), rules.mutable_rule_group());
  SetStrings(request.form.GetAll("file[]"), rules.mutable_file());
  if (providers_.rules == nullptr) return RespondData(RulesToJson({}));
  return Answer(providers_.rules->Rules(request.context, rules), "error retrieving rules", RulesToJson);
}

HttpResponse FleetHandlers::Alerts(const HttpRequest& request) const {
  if (providers_.rules == nullptr) return RespondData(AlertsToJson({}));
  thanos::RulesRequest rules;
  rules.set_type(thanos::RulesRequest::ALERT);
  rules.set_partial_response_strategy(config_.rule_partial_response ? thanos::WARN : thanos::ABORT);
  return Answer(providers_.rules->Rules(request.context, rules), "error retrieving rules", AlertsToJson);
}

HttpResponse FleetHandlers::Targets(const HttpRequest& request) const {
  thanos::TargetsRequest targets;
  const std::string_view state = request.query.Get("state");
  thanos::TargetsRequest::State wanted = thanos::TargetsRequest::ANY;
  if (!state.empty() && !thanos::TargetsRequest::State_Parse(UpperCase(state), &wanted)) {
    return RespondError(InvalidArgument("invalid targets parameter state='{}'", state));
  }
  targets.set_state(wanted);
  targets.set_partial_response_strategy(config_.target_partial_response ? thanos::WARN : thanos::ABORT);
  if (providers_.targets == nullptr) return RespondData(TargetsToJson({}));
  return Answer(providers_.targets->Targets(request.context, targets), "retrieving targets", TargetsToJson);
}

HttpResponse FleetHandlers::Metadata(const HttpRequest& request) const {
  thanos::MetricMetadataRequest metadata;
  metadata.set_metric(std::string(request.query.Get("metric")));
  metadata.set_partial_response_strategy(config_.metadata_partial_response ? thanos::WARN : thanos::ABORT);
  int32_t limit = -1;  // none
  if (const std::string_view text = request.query.Get("limit"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc() || end != text.data() + text.size()) {
      return RespondError(InvalidArgument("invalid metric metadata limit='{}'", text));
    }
  }
  metadata.set_limit(limit);
  if (providers_.metadata == nullptr) return RespondData(MetadataToJson({}));
  return Answer(providers_.metadata->Metadata(request.context, metadata), "retrieving metadata", MetadataToJson);
}

HttpResponse FleetHandlers::Exemplars(const HttpRequest& request) const {
  const absl::StatusOr<TimestampMs> start = TimeParam(request.form, "start", kApiTimeMin);
  if (!start.ok()) return RespondError(start.status());
  const absl::StatusOr<TimestampMs> end = TimeParam(request.form, "end", kApiTimeMax);
  if (!end.ok()) return RespondError(end.status());
  if (*end < *start) return RespondError(InvalidArgument("end timestamp must not be before start timestamp"));
  const std::string query(request.form.Get("query"));
  if (const auto expr = promql::ParseExpr(query, config_.parser); !expr.ok()) return RespondError(expr.status());
  if (providers_.exemplars == nullptr) return RespondData(ExemplarsToJson({}));
  thanos::ExemplarsRequest exemplars;
  exemplars.set_query(query);
  exemplars.set_start(*start);
  exemplars.set_end(*end);
  exemplars.set_partial_response_strategy(config_.exemplar_partial_response ? thanos::WARN : thanos::ABORT);
  return Answer(providers_.exemplars->Exemplars(request.context, exemplars), "retrieving exemplars", ExemplarsToJson);
}

HttpResponse FleetHandlers::Stores(const HttpRequest&) const {
  if (providers_.endpoints == nullptr) return RespondData(EndpointsToJson({}));
  return RespondData(EndpointsToJson(providers_.endpoints->Endpoints()));
}

HttpResponse FleetHandlers::TsdbStatus(const HttpRequest& request) const {
  const absl::StatusOr<thanos::TSDBStatisticsRequest> wanted = ReadStatisticsRequest(request, config_);
  if (!wanted.ok()) return RespondError(wanted.status());
  Provided<thanos::TSDBStatistics> provided;
  if (providers_.statistics != nullptr) {
    auto answer = providers_.statistics->Statistics(request.context, *wanted);
    if (!answer.ok()) return ProviderFailed("retrieving tsdb statistics", answer.status());
    provided = *std::move(answer);
  }
  thanos::TSDBStatisticsEntry sum;
  if (config_.enforce_tenancy) {
    const std::string tenant = TenantOf(request, config_);
    const auto found = provided.data.statistics().find(tenant);
    if (found == provided.data.statistics().end()) {
      return RespondError(Internal("retrieving tsdb statistics: {} tenant not found", tenant));
    }
    sum = found->second;
  } else {
    for (const auto& [tenant, entry] : provided.data.statistics()) AddStatistics(entry, sum);
  }
  return RespondData(StatisticsToJson(sum, wanted->limit()), {.warnings = std::move(provided.warnings)});
}

void FleetHandlers::AddTo(HttpRouter& router) const {
  const auto add = [&](std::string_view methods, std::string_view path, std::string name, auto member) {
    router.Add(methods, path, [this, member](const HttpRequest& request) { return (this->*member)(request); },
               {.name = std::move(name), .cors = config_.cors});
  };
  add("GET", "/api/v1/rules", "rules", &FleetHandlers::Rules);
  add("GET", "/api/v1/alerts", "alerts", &FleetHandlers::Alerts);
  add("GET", "/api/v1/targets", "targets", &FleetHandlers::Targets);
  add("GET", "/api/v1/metadata", "metadata", &FleetHandlers::Metadata);
  add("GET,POST", "/api/v1/query_exemplars", "exemplars", &FleetHandlers::Exemplars);
  add("GET", "/api/v1/stores", "stores", &FleetHandlers::Stores);
  add("GET", "/api/v1/status/tsdb", "status_tsdb", &FleetHandlers::TsdbStatus);
}

}  // namespace varve
