#include "blocks/shipper_state.h"

#include "base/errors.h"
#include "base/json_value.h"
#include "base/json_writer.h"
#include "base/status_macros.h"
#include "tsdb/indent_json.h"

namespace varve {
namespace {

constexpr int64_t kVersion = 1;

}  // namespace

absl::StatusOr<std::vector<Ulid>> ParseShipperState(std::string_view json) {
  const absl::StatusOr<JsonValue> root = JsonValue::Parse(json);
  if (!root.ok()) return DataLoss("shipper state: {}", Message(root.status()));
  const int64_t version = (*root)["version"].IntOr(0);
  if (version != kVersion) return Unimplemented("shipper state: unexpected version {}, expected {}", version, kVersion);
  const JsonValue& list = (*root)["uploaded"];
  if (!list.is_null() && !list.is_array()) return DataLoss("shipper state: \"uploaded\" is not a list");
  std::vector<Ulid> uploaded;
  for (const JsonValue& item : list.array()) {
    const absl::StatusOr<Ulid> id = Ulid::Parse(item.StringOr(""));
    if (!id.ok()) return DataLoss("shipper state: {}", Message(id.status()));
    uploaded.push_back(*id);
  }
  return uploaded;
}

std::string FormatShipperState(const std::vector<Ulid>& uploaded) {
  std::string compact;
  JsonWriter json(compact);
  json.BeginObject();
  json.Field("version", kVersion);
  json.Key("uploaded");
  json.BeginArray();
  for (const Ulid& id : uploaded) json.String(id.ToString());
  json.EndArray();
  json.EndObject();
  return IndentJson(compact) + "\n";
}

absl::StatusOr<std::vector<Ulid>> ReadShipperState(Files& files, const std::string& path) {
  VARVE_ASSIGN_OR_RETURN(const std::string json, files.ReadAll(path));
  absl::StatusOr<std::vector<Ulid>> uploaded = ParseShipperState(json);
  if (!uploaded.ok()) return Annotate(uploaded.status(), "read {}", path);
  return uploaded;
}

absl::Status WriteShipperState(Files& files, const std::string& path, const std::vector<Ulid>& uploaded) {
  return files.WriteAtomically(path, AsBytes(FormatShipperState(uploaded)));
}

}  // namespace varve
