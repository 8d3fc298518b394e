#include "api/api_response.h"

#include <algorithm>

#include "base/errors.h"
#include "base/json_writer.h"

namespace varve {
namespace {

void WriteTexts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.Key(key);
  json.BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

bool IsPromqlNote(std::string_view text) { return text.starts_with("PromQL warning") || text.starts_with("PromQL info"); }

}  // namespace

ApiErrorType ErrorTypeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument: return {"bad_data", 400};
    case absl::StatusCode::kNotFound: return {"not_found", 404};
    case absl::StatusCode::kCancelled: return {"canceled", 503};
    case absl::StatusCode::kDeadlineExceeded: return {"timeout", 503};
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss: return {"internal", 500};
    default: return {"execution", 422};
  }
}

absl::Status AsExecutionError(const absl::Status& status) {
  const bool about_data = absl::IsInvalidArgument(status) || absl::IsNotFound(status) || absl::IsDataLoss(status);
  return about_data ? FailedPrecondition("{}", Message(status)) : status;
}

std::string ApiSuccessEnd(const ApiNotes& notes) {
  std::string fields;
  JsonWriter json(fields);
  WriteTexts(json, "warnings", notes.warnings);
  WriteTexts(json, "infos", notes.infos);
  return (fields.empty() ? "" : "," + fields) + "}";
}

HttpHeaders ApiHeaders(const ApiNotes& notes) {
  HttpHeaders headers;
  headers.Add("Content-Type", "application/json");
  if (!std::all_of(notes.warnings.begin(), notes.warnings.end(), IsPromqlNote)) headers.Add("Cache-Control", "no-store");
  return headers;
}

HttpResponse RespondData(std::string_view data_json, const ApiNotes& notes) {
  HttpResponse response;
  response.headers = ApiHeaders(notes);
  response.body = kApiSuccessStart;
  response.body += data_json;
  response.body += ApiSuccessEnd(notes);
  return response;
}

HttpResponse RespondError(const absl::Status& status) {
  const ApiErrorType type = ErrorTypeOf(status);
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  json.Field("status", "error");
  json.Field("errorType", type.name);
  json.Field("error", Message(status));
  json.EndObject();
  HttpResponse response = HttpResponse::Json(type.http_status, std::move(body));
  response.headers.Add("Cache-Control", "no-store");
  return response;
}

HttpResponse Respond(const absl::StatusOr<std::string>& data_json, const ApiNotes& notes) {
  return data_json.ok() ? RespondData(*data_json, notes) : RespondError(data_json.status());
}

}  // namespace varve
