#include "api/query_handlers.h"

#include <fmt/format.h>

#include "api/api_response.h"
#include "api/query_analysis.h"
#include "api/query_json.h"
#include "base/json_writer.h"
#include "promql/format/tree_json.h"
#include "promql/printer.h"
#include "runtime/bucket_usage.h"

namespace varve {
namespace {

template <typename Series>
bool Truncate(std::vector<Series>& series, uint64_t limit) {
  if (limit == 0 || series.size() <= limit) return false;
  series.erase(series.begin() + static_cast<std::ptrdiff_t>(limit), series.end());
  return true;
}

}  // namespace

HttpResponse QueryHandlers::Answer(const HttpRequest& request, const absl::StatusOr<QueryParams>& params) const {
  if (!params.ok()) return RespondError(params.status());
  BucketUsage usage;
  absl::StatusOr<promql::QueryResult> result = runner_.Run(request.context.WithUsage(&usage), *params);
  if (!result.ok()) return RespondError(result.status());
  ApiNotes notes = {std::move(result->warnings), std::move(result->infos)};
  const bool series_cut = Truncate(result->series, params->limit);
  if (Truncate(result->raw, params->limit) || series_cut) notes.warnings.push_back("results truncated due to limit");
  if (!params->stats.empty() && params->stats != "true" && params->stats != "all") {
    notes.warnings.push_back(
        fmt::format("value {:?} for parameter \"stats\" is deprecated and will be rejected in the next major "
                    "release, use \"true\" or \"all\"",
                    params->stats));
  }
  return RespondQuery(*std::move(result), std::move(notes),
                      {.stats = !params->stats.empty(),
                       .steps = config_.per_step_stats && params->stats == "all",
                       .analysis = params->analyze,
                       .bucket = usage.totals()});
}

HttpResponse QueryHandlers::Instant(const HttpRequest& request) const {
  return Answer(request, ReadInstantParams(request, config_, clock_.NowMs()));
}

HttpResponse QueryHandlers::Range(const HttpRequest& request) const { return Answer(request, ReadRangeParams(request, config_)); }

HttpResponse QueryHandlers::Explain(const HttpRequest& request, absl::StatusOr<QueryParams> params) const {
  if (!params.ok()) return RespondError(params.status());
  params->plan_only = true;
  const absl::StatusOr<promql::QueryResult> result = runner_.Run(request.context, *params);
  return result.ok() ? RespondData(ExplanationJson(result->stats)) : RespondError(result.status());
}

HttpResponse QueryHandlers::ExplainInstant(const HttpRequest& request) const {
  return Explain(request, ReadInstantParams(request, config_, clock_.NowMs()));
}

HttpResponse QueryHandlers::ExplainRange(const HttpRequest& request) const {
  return Explain(request, ReadRangeParams(request, config_));
}

HttpResponse QueryHandlers::FormatQuery(const HttpRequest& request) const {
  const absl::StatusOr<promql::ExprPtr> expr = runner_.Parse(request.form.Get("query"));
  if (!expr.ok()) return RespondError(expr.status());
  std::string text;
  JsonWriter(text).String(promql::Prettify(**expr));
  return RespondData(text);
}

HttpResponse QueryHandlers::ParseQuery(const HttpRequest& request) const {
  const absl::StatusOr<promql::ExprPtr> expr = runner_.Parse(request.form.Get("query"));
  if (!expr.ok()) return RespondError(expr.status());
  std::string text;
  JsonWriter json(text);
  promql::WriteTree(json, **expr);
  return RespondData(text);
}

void QueryHandlers::AddTo(HttpRouter& router) const {
  const auto add = [&](std::string_view path, std::string name, auto member) {
    router.Add("GET,POST", path, [this, member](const HttpRequest& request) { return (this->*member)(request); },
               {.name = std::move(name), .cors = config_.cors});
  };
  add("/api/v1/query", "query", &QueryHandlers::Instant);
  add("/api/v1/query_range", "query_range", &QueryHandlers::Range);
  add("/api/v1/query_explain", "query", &QueryHandlers::ExplainInstant);
  add("/api/v1/query_range_explain", "query", &QueryHandlers::ExplainRange);
  add("/api/v1/format_query", "format_query", &QueryHandlers::FormatQuery);
  add("/api/v1/parse_query", "parse_query", &QueryHandlers::ParseQuery);
}

}  // namespace varve
