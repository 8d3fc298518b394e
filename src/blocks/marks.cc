#include "blocks/marks.h"

#include "base/errors.h"
#include "base/json_value.h"
#include "base/json_writer.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"

namespace varve {
namespace {

constexpr int64_t kVersion = 1;

struct MarkNames {
  std::string_view file;
  std::string_view time_key;
  bool has_reason;
};

const MarkNames& NamesOf(MarkKind kind) {
  static constexpr MarkNames kDeletion = {"deletion-mark.json", "deletion_time", false};
  static constexpr MarkNames kNoCompact = {"no-compact-mark.json", "no_compact_time", true};
  static constexpr MarkNames kNoDownsample = {"no-downsample-mark.json", "no_downsample_time", true};
  switch (kind) {
    case MarkKind::kDeletion: return kDeletion;
    case MarkKind::kNoCompact: return kNoCompact;
    case MarkKind::kNoDownsample: break;
  }
  return kNoDownsample;
}

// The text under `key`: empty if absent, an error if it is anything but a text.
absl::StatusOr<std::string> TextField(const JsonValue& root, std::string_view key) {
  const JsonValue& value = root[key];
  if (!value.is_null() && !value.is_string()) return InvalidArgument("{:?} is not a text", key);
  return std::string(value.StringOr(""));
}

absl::StatusOr<int64_t> IntegerField(const JsonValue& root, std::string_view key) {
  const JsonValue& value = root[key];
  if (!value.is_null() && !value.is_integer()) return InvalidArgument("{:?} is not a whole number", key);
  return value.IntOr(0);
}

absl::StatusOr<BlockMark> ParseFields(const MarkNames& names, std::string_view json) {
  VARVE_ASSIGN_OR_RETURN(const JsonValue root, JsonValue::Parse(json));
  if (!root.is_object()) return InvalidArgument("not a JSON object");
  VARVE_ASSIGN_OR_RETURN(const int64_t version, IntegerField(root, "version"));
  BlockMark mark;
  VARVE_ASSIGN_OR_RETURN(const std::string id, TextField(root, "id"));
  if (!id.empty()) {
    VARVE_ASSIGN_OR_RETURN(mark.id, Ulid::Parse(id));
  }
  VARVE_ASSIGN_OR_RETURN(mark.time_s, IntegerField(root, names.time_key));
  VARVE_ASSIGN_OR_RETURN(mark.details, TextField(root, "details"));
  if (names.has_reason) {
    VARVE_ASSIGN_OR_RETURN(mark.reason, TextField(root, "reason"));
  }
  if (version != kVersion) return Unimplemented("version {}, expected {}", version, kVersion);
  return mark;
}

}  // namespace

std::string_view MarkFileName(MarkKind kind) { return NamesOf(kind).file; }

absl::StatusOr<BlockMark> ParseMark(MarkKind kind, std::string_view json) {
  const MarkNames& names = NamesOf(kind);
  absl::StatusOr<BlockMark> mark = ParseFields(names, json);
  if (!mark.ok()) return Annotate(mark.status(), "parse {}", names.file);
  return mark;
}

std::string FormatMark(MarkKind kind, const BlockMark& mark) {
  const MarkNames& names = NamesOf(kind);
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Field("id", mark.id.ToString());
  json.Field("version", kVersion);
  if (!mark.details.empty()) json.Field("details", mark.details);
  json.Field(names.time_key, mark.time_s);
  if (names.has_reason) json.Field("reason", mark.reason);
  json.EndObject();
  return out;
}

absl::StatusOr<std::optional<BlockMark>> ReadMark(const Context& ctx, Bucket& bucket, Ulid id, MarkKind kind,
                                                  const Logger& logger) {
  const absl::StatusOr<std::string> json = bucket.ReadAll(ctx, BlockObjectName(id, MarkFileName(kind)));
  if (absl::IsNotFound(json.status())) return std::nullopt;
  VARVE_RETURN_IF_ERROR(json.status());
  absl::StatusOr<BlockMark> mark = ParseMark(kind, *json);
  if (absl::IsInvalidArgument(mark.status())) {
    logger.Warn("mark is not readable, taken for a partial upload", {{"block", id.ToString()}, {"err", mark.status()}});
    return std::nullopt;
  }
  VARVE_RETURN_IF_ERROR(Annotate(mark.status(), "block {}", id));
  return *std::move(mark);
}

absl::StatusOr<bool> WriteMark(const Context& ctx, Bucket& bucket, MarkKind kind, const BlockMark& mark) {
  const std::string name = BlockObjectName(mark.id, MarkFileName(kind));
  VARVE_ASSIGN_OR_RETURN(const bool exists, bucket.Exists(ctx, name));
  if (exists) return false;
  VARVE_RETURN_IF_ERROR(bucket.Upload(ctx, name, AsBytes(FormatMark(kind, mark))));
  return true;
}

}  // namespace varve
