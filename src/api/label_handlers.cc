#include "api/label_handlers.h"

#include <algorithm>

#include "api/api_params.h"
#include "api/api_response.h"
#include "api/query_params.h"
#include "api/sample_json.h"
#include "api/tenancy.h"
#include "base/errors.h"
#include "base/json_writer.h"
#include "base/status_macros.h"
#include "model/code_point.h"
#include "model/names.h"
#include "model/quote.h"

namespace varve {

struct LabelHandlers::Question {
  QueryRange range;
  std::vector<Matchers> sets;
  uint64_t limit = 0;
  SourceOptions source;

  // One more than wanted, to know whether there is more.
  uint64_t limit_hint() const { return limit == 0 ? 0 : limit + 1; }
};

namespace {

void AddWarnings(std::vector<std::string> more, ApiNotes& notes) {
  for (std::string& warning : more) {
    if (std::find(notes.warnings.begin(), notes.warnings.end(), warning) == notes.warnings.end()) {
      notes.warnings.push_back(std::move(warning));
    }
  }
}

// Sorts, drops what is there twice and what is beyond the limit.
template <typename Item>
void Finish(std::vector<Item>& items, uint64_t limit, ApiNotes& notes) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  if (limit == 0 || items.size() <= limit) return;
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(limit), items.end());
  notes.warnings.push_back("results truncated due to limit");
}

absl::Status CollectSeries(const Context& ctx, SeriesSource& source, const SelectRequest& request, std::vector<Labels>& out,
                           ApiNotes& notes) {
  VARVE_ASSIGN_OR_RETURN(const std::unique_ptr<SeriesSet> set, source.Select(ctx, request));
  while ((request.hints.limit == 0 || out.size() < request.hints.limit) && set->Next()) out.push_back(set->At()->labels());
  VARVE_RETURN_IF_ERROR(set->status());
  AddWarnings(set->warnings(), notes);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LabelHandlers::Question> LabelHandlers::Read(const HttpRequest& request) const {
  if (!request.form_error.ok()) return Annotate(request.form_error, "error parsing form values");
  Question question;
  VARVE_ASSIGN_OR_RETURN(question.limit, LimitParam(request.form));
  VARVE_ASSIGN_OR_RETURN(question.range, ReadMetadataRange(request, config_, clock_.NowMs()));
  const absl::StatusOr<std::vector<Matchers>> sets = MatchersParam(request.form);
  if (!sets.ok()) return InvalidParameter("match[]", sets.status());
  question.sets = *sets;
  VARVE_ASSIGN_OR_RETURN(question.source, ReadSourceOptions(request, config_));
  if (config_.enforce_tenancy) EnforceTenant(question.sets, config_.tenant_label, question.source.tenant);
  question.source.skip_chunks = true;
  return question;
}

HttpResponse LabelHandlers::Series(const HttpRequest& request) const {
  if (!request.form.Has("match[]") && request.form_error.ok())
    return RespondError(InvalidArgument("no match[] parameter provided"));
  absl::StatusOr<Question> question = Read(request);
  if (!question.ok()) return RespondError(question.status());
  question->source.max_source_resolution_ms = kMaxTimestamp;  // any resolution has the labels
  const std::unique_ptr<SeriesSource> source = sources_.Open(question->source);
  std::vector<Labels> series;
  ApiNotes notes;
  for (const Matchers& matchers : question->sets) {
    std::vector<Labels> found;
    const SelectRequest select = {
        question->range, matchers, {.function = "series", .limit = question->limit_hint(), .labels_only = true}};
    const absl::Status status = CollectSeries(request.context, *source, select, found, notes);
    if (!status.ok()) return RespondError(AsExecutionError(status));
    std::move(found.begin(), found.end(), std::back_inserter(series));
  }
  Finish(series, question->limit, notes);
  std::string json = "[";
  for (const Labels& labels : series) {
    if (json.size() > 1) json += ',';
    AppendJsonLabels(json, labels);
  }
  return RespondData(json + "]", notes);
}

// Asks once for each set of matchers, or once without any, and answers the union.
template <typename Ask>
HttpResponse LabelHandlers::AnswerList(const HttpRequest& request, const Ask& ask) const {
  absl::StatusOr<Question> question = Read(request);
  if (!question.ok()) return RespondError(question.status());
  // Replicas are no matter here: their label is a label like others.
  question->source.deduplicate = true;
  question->source.replica_labels.clear();
  const std::unique_ptr<SeriesSource> source = sources_.Open(question->source);
  if (question->sets.empty()) question->sets.emplace_back();
  std::vector<std::string> values;
  ApiNotes notes;
  for (const Matchers& matchers : question->sets) {
    absl::StatusOr<LabelsResult> result = ask(*source, LabelsRequest{question->range, matchers, question->limit_hint()});
    if (!result.ok()) return RespondError(AsExecutionError(result.status()));
    std::move(result->values.begin(), result->values.end(), std::back_inserter(values));
    AddWarnings(std::move(result->warnings), notes);
  }
  Finish(values, question->limit, notes);
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const std::string& value : values) json.String(value);
  json.EndArray();
  return RespondData(text, notes);
}

HttpResponse LabelHandlers::LabelNames(const HttpRequest& request) const {
  return AnswerList(
      request, [&](SeriesSource& source, const LabelsRequest& labels) { return source.LabelNames(request.context, labels); });
}

HttpResponse LabelHandlers::LabelValues(const HttpRequest& request) const {
  const std::string name = UnescapeLabelName(request.PathValue("name"));
  if (!IsValidLabelName(name)) return RespondError(InvalidArgument("invalid label name: {}", Quoted(name)));
  return AnswerList(request, [&](SeriesSource& source, const LabelsRequest& labels) {
    return source.LabelValues(request.context, name, labels);
  });
}

void LabelHandlers::AddTo(HttpRouter& router) const {
  const auto add = [&](std::string_view methods, std::string_view path, std::string name, auto member) {
    router.Add(methods, path, [this, member](const HttpRequest& request) { return (this->*member)(request); },
               {.name = std::move(name), .cors = config_.cors});
  };
  add("GET,POST", "/api/v1/series", "series", &LabelHandlers::Series);
  add("GET,POST", "/api/v1/labels", "label_names", &LabelHandlers::LabelNames);
  add("GET", "/api/v1/label/:name/values", "label_values", &LabelHandlers::LabelValues);
}

std::string UnescapeLabelName(std::string_view name) {
  constexpr std::string_view kPrefix = "U__";
  constexpr size_t kHexDigitsMax = 6;
  if (!name.starts_with(kPrefix)) return std::string(name);
  std::string out;
  for (std::string_view rest = name.substr(kPrefix.size()); !rest.empty();) {
    if (rest.front() != '_') {
      out += rest.front();
      rest.remove_prefix(1);
    } else if (rest.starts_with("__")) {
      out += '_';
      rest.remove_prefix(2);
    } else {
      const size_t close = rest.find('_', 1);
      if (close == std::string_view::npos || close - 1 > kHexDigitsMax) return std::string(name);
      uint32_t code_point = 0;
      for (const char c : rest.substr(1, close - 1)) {
        const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c + ('a' - 'A')) : c;
        if (!((lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f'))) return std::string(name);
        code_point = code_point * 16 + static_cast<uint32_t>(lower <= '9' ? lower - '0' : lower - 'a' + 10);
      }
      if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000)) return std::string(name);
      AppendCodePoint(out, code_point);
      rest.remove_prefix(close + 1);
    }
  }
  return out;
}

}  // namespace varve
