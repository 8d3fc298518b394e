#include "api/blocks_handlers.h"

#include "api/api_response.h"
#include "api/rfc3339.h"
#include "base/errors.h"
#include "base/json_writer.h"
#include "base/status_macros.h"
#include "blocks/marks.h"

namespace varve {

void BlocksHandlers::AddTo(HttpRouter& router) const {
  router.Add("GET", "/api/v1/blocks", [this](const HttpRequest& request) { return List(request); },
             {.name = "blocks", .cors = options_.cors});
  router.Add("POST", "/api/v1/blocks/mark", [this](const HttpRequest& request) { return Mark(request); },
             {.name = "blocks_mark", .cors = options_.cors});
}

void BlocksHandlers::Set(View& view, Blocks blocks, const absl::Status& status) {
  MutexLock lock(mutex_);
  view.refreshed = clock_.NowMs();
  view.status = status;
  if (status.ok()) view.blocks = std::move(blocks);
}

void BlocksHandlers::SetLoaded(Blocks blocks, const absl::Status& status) { Set(loaded_, std::move(blocks), status); }
void BlocksHandlers::SetGlobal(Blocks blocks, const absl::Status& status) { Set(global_, std::move(blocks), status); }

HttpResponse BlocksHandlers::List(const HttpRequest& request) const {
  View view;
  {
    MutexLock lock(mutex_);
    view = request.query.Get("view") == "loaded" ? loaded_ : global_;
  }
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Field("label", options_.label);
  json.Key("blocks");
  json.BeginArray();
  for (const auto& block : view.blocks) json.Raw(BlockMetaToJson(*block));
  json.EndArray();
  json.Field("refreshedAt", FormatRfc3339(view.refreshed));
  json.Key("err");
  view.status.ok() ? json.Null() : json.String(Message(view.status));
  json.EndObject();
  return RespondData(text);
}

absl::Status BlocksHandlers::MarkBlock(const HttpRequest& request) const {
  if (options_.admin_disabled) return InvalidArgument("Admin operations are disabled");
  if (request.form.Get("id").empty()) return InvalidArgument("ID cannot be empty");
  if (request.form.Get("action").empty()) return InvalidArgument("Action cannot be empty");
  VARVE_ASSIGN_OR_RETURN(const Ulid id, Ulid::Parse(request.form.Get("id")));
  const std::string_view action = request.form.Get("action");
  BlockMark mark{.id = id, .time_s = clock_.NowMs() / 1000, .details = std::string(request.form.Get("detail"))};
  if (action == "DELETION") return WriteMark(request.context, bucket_, MarkKind::kDeletion, mark).status();
  if (action != "NO_COMPACTION") return InvalidArgument("not supported marker {}", action);
  mark.reason = kReasonManual;
  return WriteMark(request.context, bucket_, MarkKind::kNoCompact, mark).status();
}

HttpResponse BlocksHandlers::Mark(const HttpRequest& request) const {
  const absl::Status status = MarkBlock(request);
  return status.ok() ? HttpResponse{.status = 204} : RespondError(status);
}

}  // namespace varve
