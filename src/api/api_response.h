// The envelope of every answer of the HTTP API, and what its errors are called.
//
//   {"status":"success","data":...,"warnings":["..."],"infos":["..."]}
//   {"status":"error","errorType":"bad_data","error":"..."}
//
// Shape    errors and answers with a warning that PromQL itself did not make are not to be cached (Cache-Control: no-store).
// Errors   InvalidArgument 400 bad_data, NotFound 404 not_found, Cancelled and DeadlineExceeded 503, Internal and DataLoss 500,
//          Unimplemented and Unavailable as Thanos reports them when a query fails: 422 execution, like all the rest.
// Source   thanos pkg/api/api.go; prometheus web/api/v1/api.go, respond and respondError.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

namespace varve {

// What a handler has to say besides its data.
struct ApiNotes {
  std::vector<std::string> warnings, infos;
};

struct ApiErrorType {
  std::string_view name;  // bad_data
  int http_status;
};
ApiErrorType ErrorTypeOf(const absl::Status& status);

// A query that could be read but not answered: what is InvalidArgument there is the data's fault, not the request's.
absl::Status AsExecutionError(const absl::Status& status);

// The pieces around `data`, for answers that are written in parts.
inline constexpr std::string_view kApiSuccessStart = R"({"status":"success","data":)";
std::string ApiSuccessEnd(const ApiNotes& notes);  // ,"warnings":[...]}
HttpHeaders ApiHeaders(const ApiNotes& notes);

HttpResponse RespondData(std::string_view data_json, const ApiNotes& notes = {});
HttpResponse RespondError(const absl::Status& status);
// The data, or the error.
HttpResponse Respond(const absl::StatusOr<std::string>& data_json, const ApiNotes& notes = {});

}  // namespace varve
