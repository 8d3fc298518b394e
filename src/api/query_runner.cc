#include "api/query_runner.h"

#include <memory>
#include <optional>

#include "api/api_params.h"
#include "api/api_response.h"
#include "api/tenancy.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/parser.h"

namespace varve {

absl::StatusOr<promql::ExprPtr> QueryRunner::Parse(std::string_view query) const {
  absl::StatusOr<promql::ExprPtr> expr = promql::ParseExpr(query, config_.parser);
  if (!expr.ok()) return InvalidParameter("query", expr.status());
  return expr;
}

absl::StatusOr<promql::QueryResult> QueryRunner::Run(Context ctx, const QueryParams& params) const {
  ctx = ctx.WithMemory(parts_.memory);
  if (params.timeout.has_value()) ctx = ctx.WithTimeout(*params.timeout);
  VARVE_ASSIGN_OR_RETURN(const promql::ExprPtr expr, Parse(params.query));
  if (config_.enforce_tenancy) EnforceTenant(*expr, config_.tenant_label, params.source.tenant);
  const std::span<const std::string> hidden =
      params.source.deduplicate ? std::span<const std::string>(params.source.replica_labels) : std::span<const std::string>();
  const promql::QueryOptions options = {.lookback_ms = params.lookback_ms,
                                        .text = params.query,
                                        .hidden_labels = hidden,
                                        .plan_only = params.plan_only,
                                        .measure_operators = params.analyze,
                                        .count_by_step = !params.stats.empty()};
  VARVE_ASSIGN_OR_RETURN(const Gate::Ticket ticket, parts_.gate.Enter(ctx));
  std::optional<ActiveQueries::Entry> entry;
  if (parts_.active_queries != nullptr) entry.emplace(parts_.active_queries->Insert(params.query));
  const std::unique_ptr<SeriesSource> source = parts_.sources.Open(params.source);
  absl::StatusOr<promql::QueryResult> result =
      params.step_ms == 0 ? parts_.engine.Instant(ctx, *source, *expr, params.start, options)
                          : parts_.engine.Range(ctx, *source, *expr, {params.start, params.end, params.step_ms}, options);
  if (result.ok()) return result;
  if (absl::IsResourceExhausted(result.status())) LogExceeded(params.query, result.status());
  if (absl::IsInvalidArgument(result.status())) return InvalidParameter("query", result.status());
  return AsExecutionError(result.status());
}

void QueryRunner::LogExceeded(std::string_view query, const absl::Status& status) const {
  constexpr size_t kQueryBytesMax = 2'000;
  if (parts_.log == nullptr) return;
  parts_.log->Warn("query ended at a limit", {{"query", query.substr(0, kQueryBytesMax)}, {"err", status}});
}

}  // namespace varve
