#include "store/exemplars_api.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "store/label_protos.h"

namespace varve {
namespace {

class ExemplarsProxy : public ExemplarsApi {
 public:
  ExemplarsProxy(LiveEndpoints endpoints, Executor& executor, Labels selector_labels)
      : endpoints_(std::move(endpoints)), executor_(executor), selector_labels_(std::move(selector_labels)) {}

  absl::StatusOr<ExemplarsAnswer> Exemplars(const Context& ctx, const ExemplarsQuery& query) override {
    std::vector<Matchers> selectors;
    bool contradicted = false;
    for (const Matchers& selector : query.selectors) {
      std::optional<Matchers> remaining = MatchersWithout(selector_labels_, selector);
      contradicted |= !remaining.has_value();
      if (remaining.has_value() && !remaining->empty()) selectors.push_back(*std::move(remaining));
    }
    if (selectors.empty() && (contradicted || query.selectors.empty())) return ExemplarsAnswer();
    if (selectors.empty()) return InvalidArgument("no matchers specified (excluding external labels)");
    PeerCall<thanos::ExemplarsResponse, thanos::ExemplarData> call;
    call.what = "exemplars";
    call.strategy = query.strategy;
    std::map<std::string, thanos::ExemplarsRequest> requests;  // by address
    for (LiveEndpoint& endpoint : endpoints_()) {
      if (!endpoint.info->exemplars.has_value()) continue;
      std::string text = ExemplarsQueryFor(selectors, endpoint.info->label_sets, endpoint.info->component == "query");
      if (text.empty()) continue;
      thanos::ExemplarsRequest& request = requests[endpoint.address];
      request.set_query(std::move(text));
      request.set_start(query.range.min);
      request.set_end(query.range.max_inclusive);
      request.set_partial_response_strategy(query.strategy);
      call.endpoints.push_back(std::move(endpoint));
    }
    call.open = [&](const LiveEndpoint& endpoint, grpc::ClientContext& client) {
      return thanos::Exemplars::NewStub(endpoint.channel)->Exemplars(&client, requests.at(endpoint.address));
    };
    call.take = [](thanos::ExemplarsResponse& response, thanos::ExemplarData& data) {
      if (response.has_data()) data = std::move(*response.mutable_data());
      return response.has_data();
    };
    return GatherFromPeers(ctx, executor_, call);
  }

 private:
  const LiveEndpoints endpoints_;
  Executor& executor_;
  const Labels selector_labels_;
};

std::string Join(const std::vector<Matchers>& selectors) {
  std::string text;
  for (const Matchers& selector : selectors) text.append(text.empty() ? "" : "+").append(ToString(selector));
  return text;
}

class PrometheusExemplars : public ExemplarsApi {
 public:
  PrometheusExemplars(PrometheusClient& client, std::function<Labels()> external_labels)
      : client_(client), external_labels_(std::move(external_labels)) {}

  absl::StatusOr<ExemplarsAnswer> Exemplars(const Context& ctx, const ExemplarsQuery& query) override {
    UrlParams params;
    params.Add("query", Join(query.selectors));
    params.Add("start", fmt::format("{:.3f}", static_cast<double>(query.range.min) / 1000));
    params.Add("end", fmt::format("{:.3f}", static_cast<double>(query.range.max_inclusive) / 1000));
    VARVE_ASSIGN_OR_RETURN(const JsonValue data, client_.Get(ctx, "/api/v1/query_exemplars", params));
    const Labels external = external_labels_();
    ExemplarsAnswer answer;
    for (const JsonValue& series : data.array()) {
      thanos::ExemplarData& part = answer.parts.emplace_back();
      SetLabels(WithExternalLabels(LabelsOfJson(series["seriesLabels"]), external, {}), part.mutable_series_labels());
      for (const JsonValue& one : series["exemplars"].array()) {
        thanos::Exemplar* exemplar = part.add_exemplars();
        SetLabels(LabelsOfJson(one["labels"]), exemplar->mutable_labels());
        double value = 0;
        if (one["value"].is_string()) {
          const std::string text(one["value"].StringOr(""));
          value = std::strtod(text.c_str(), nullptr);
        } else {
          value = one["value"].DoubleOr(0);
        }
        exemplar->set_value(value);
        exemplar->set_ts(static_cast<int64_t>(std::llround(one["timestamp"].DoubleOr(0) * 1000)));
      }
    }
    return answer;
  }

 private:
  PrometheusClient& client_;
  const std::function<Labels()> external_labels_;
};

auto KeyOf(const thanos::Exemplar& exemplar) { return std::tuple(exemplar.ts(), LabelsOf(exemplar.labels()), exemplar.value()); }

}  // namespace

std::string ExemplarsQueryFor(const std::vector<Matchers>& selectors, const std::vector<Labels>& label_sets, bool keep_external) {
  std::vector<Matchers> kept;
  for (const Matchers& selector : selectors) {
    if (!LabelSetsMayMatch(label_sets, selector)) continue;
    Matchers& matchers = kept.emplace_back(selector);
    if (keep_external) continue;
    std::erase_if(matchers, [&](const Matcher& matcher) {
      return std::any_of(label_sets.begin(), label_sets.end(), [&](const Labels& labels) { return labels.Has(matcher.name()); });
    });
  }
  return Join(kept);
}

std::vector<thanos::ExemplarData> TidyExemplars(std::vector<thanos::ExemplarData> parts,
                                                const std::vector<std::string>& replica_labels) {
  std::map<Labels, std::vector<thanos::Exemplar>> by_series;
  for (const thanos::ExemplarData& part : parts) {
    if (part.exemplars().empty()) continue;
    std::vector<thanos::Exemplar>& all = by_series[WithExternalLabels(LabelsOf(part.series_labels()), Labels(), replica_labels)];
    all.insert(all.end(), part.exemplars().begin(), part.exemplars().end());
  }
  std::vector<thanos::ExemplarData> tidy;
  for (auto& [labels, exemplars] : by_series) {
    std::stable_sort(exemplars.begin(), exemplars.end(), [](const auto& a, const auto& b) { return KeyOf(a) < KeyOf(b); });
    thanos::ExemplarData& data = tidy.emplace_back();
    SetLabels(labels, data.mutable_series_labels());
    for (size_t i = 0; i < exemplars.size(); ++i) {
      if (i == 0 || KeyOf(exemplars[i - 1]) != KeyOf(exemplars[i])) *data.add_exemplars() = exemplars[i];
    }
  }
  return tidy;
}

std::unique_ptr<ExemplarsApi> NewExemplarsProxy(LiveEndpoints endpoints, Executor& executor, Labels selector_labels) {
  return std::make_unique<ExemplarsProxy>(std::move(endpoints), executor, std::move(selector_labels));
}

std::unique_ptr<ExemplarsApi> NewPrometheusExemplars(PrometheusClient& client, std::function<Labels()> external_labels) {
  return std::make_unique<PrometheusExemplars>(client, std::move(external_labels));
}

grpc::ServerWriteReactor<thanos::ExemplarsResponse>* GrpcExemplarsService::Exemplars(grpc::CallbackServerContext* call,
                                                                                     const thanos::ExemplarsRequest* request) {
  using Response = thanos::ExemplarsResponse;
  return StreamedAnswer<Response>::Start(
      *call, executor_, [this, request](const Context& ctx) -> absl::StatusOr<StreamedAnswer<Response>::Next> {
        ExemplarsQuery query = {.range = {request->start(), request->end()}, .strategy = request->partial_response_strategy()};
        VARVE_ASSIGN_OR_RETURN(query.selectors, parse_(request->query()));
        VARVE_ASSIGN_OR_RETURN(ExemplarsAnswer answer, exemplars_.Exemplars(ctx, query));
        return ToResponses<Response>(
            std::move(answer), [](Response& response, thanos::ExemplarData part) { *response.mutable_data() = std::move(part); });
      });
}

}  // namespace varve
