#include "blocks/compact/block_marker.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {

absl::Status BlockMarker::Mark(const Context& ctx, MarkKind kind, BlockMark mark) const {
  mark.time_s = clock_.NowMs() / 1000;
  const absl::StatusOr<bool> marked = WriteMark(ctx, bucket_, kind, mark);
  if (!marked.ok()) return Annotate(marked.status(), "mark block {} with {}", mark.id, MarkFileName(kind));
  if (!*marked) return absl::OkStatus();
  metrics_.marked.Add({{"marker", std::string(MarkFileName(kind))}, {"reason", mark.reason}}).Increment();
  if (kind == MarkKind::kDeletion) metrics_.marked_for_deletion.Increment();
  logger_.Info("block has been marked",
               {{"block", mark.id.ToString()}, {"mark", MarkFileName(kind)}, {"reason", mark.reason}, {"details", mark.details}});
  return absl::OkStatus();
}

absl::Status BlockMarker::MarkForDeletion(const Context& ctx, Ulid id, const std::string& details) const {
  return Mark(ctx, MarkKind::kDeletion, {.id = id, .details = details});
}

absl::Status BlockMarker::MarkNoCompact(const Context& ctx, Ulid id, std::string_view reason, const std::string& details) const {
  return Mark(ctx, MarkKind::kNoCompact, {.id = id, .reason = std::string(reason), .details = details});
}

}  // namespace varve
