#include "tsdb/block_meta.h"

#include "base/json_writer.h"
#include "tsdb/indent_json.h"
#include "tsdb/rfc3339.h"

namespace varve {
namespace {

constexpr int64_t kMetaVersion = 1;
constexpr std::string_view kGoZeroTime = "0001-01-01T00:00:00Z";

void WriteUnknown(JsonWriter& json, const JsonValue::Object& unknown) {
  for (const auto& [key, value] : unknown) {
    json.Key(key);
    json.Raw(value.ToString());
  }
}

void WriteIfNotZero(JsonWriter& json, std::string_view key, uint64_t value) {
  if (value == 0) return;
  json.Key(key);
  json.Uint(value);
}

void WriteIfNotNull(JsonWriter& json, std::string_view key, const JsonValue& value) {
  if (value.is_null()) return;
  json.Key(key);
  json.Raw(value.ToString());
}

// An array, unless it would be empty. `write` writes one item.
template <typename Item, typename Write>
void WriteIfNotEmpty(JsonWriter& json, std::string_view key, const std::vector<Item>& items, Write write) {
  if (items.empty()) return;
  json.Key(key);
  json.BeginArray();
  for (const Item& item : items) write(item);
  json.EndArray();
}

void WriteStats(JsonWriter& json, const BlockStats& stats) {
  json.BeginObject();
  WriteIfNotZero(json, "numSamples", stats.samples);
  WriteIfNotZero(json, "numFloatSamples", stats.float_samples);
  WriteIfNotZero(json, "numHistogramSamples", stats.histogram_samples);
  WriteIfNotZero(json, "numSeries", stats.series);
  WriteIfNotZero(json, "numChunks", stats.chunks);
  WriteIfNotZero(json, "numTombstones", stats.tombstones);
  WriteUnknown(json, stats.unknown);
  json.EndObject();
}

void WriteCompaction(JsonWriter& json, const BlockCompaction& compaction) {
  json.BeginObject();
  json.Field("level", compaction.level);
  WriteIfNotEmpty(json, "sources", compaction.sources, [&](const Ulid& id) { json.String(id.ToString()); });
  if (compaction.deletable) json.Field("deletable", true);
  WriteIfNotEmpty(json, "parents", compaction.parents, [&](const BlockParent& parent) {
    json.BeginObject();
    json.Field("ulid", parent.id.ToString());
    json.Field("minTime", parent.range.min);
    json.Field("maxTime", parent.range.max_exclusive);
    json.EndObject();
  });
  if (compaction.failed) json.Field("failed", true);
  WriteIfNotEmpty(json, "hints", compaction.hints, [&](const std::string& hint) { json.String(hint); });
  WriteUnknown(json, compaction.unknown);
  json.EndObject();
}

void WriteFile(JsonWriter& json, const BlockFile& file) {
  json.BeginObject();
  json.Field("rel_path", file.rel_path);
  if (file.size_bytes != 0) json.Field("size_bytes", file.size_bytes);
  if (!file.hash_function.empty()) {
    json.Key("hash");
    json.BeginObject();
    json.Field("hashFunc", file.hash_function);
    json.Field("value", file.hash_hex);
    json.EndObject();
  }
  json.EndObject();
}

void WriteRewrite(JsonWriter& json, const BlockRewrite& rewrite) {
  json.BeginObject();
  WriteIfNotEmpty(json, "sources", rewrite.sources, [&](const Ulid& id) { json.String(id.ToString()); });
  WriteIfNotNull(json, "deletions_applied", rewrite.deletions_applied);
  WriteIfNotNull(json, "relabels_applied", rewrite.relabels_applied);
  json.EndObject();
}

void WriteThanos(JsonWriter& json, const ThanosMeta& thanos) {
  json.BeginObject();
  if (thanos.version != 0) json.Field("version", thanos.version);
  json.Key("labels");
  json.BeginObject();
  for (const auto& [name, value] : thanos.labels) json.Field(name, value);
  json.EndObject();
  json.Key("downsample");
  json.BeginObject();
  json.Field("resolution", thanos.resolution_ms);
  json.EndObject();
  json.Field("source", thanos.source);
  WriteIfNotEmpty(json, "segment_files", thanos.segment_files, [&](const std::string& file) { json.String(file); });
  WriteIfNotEmpty(json, "files", thanos.files, [&](const BlockFile& file) { WriteFile(json, file); });
  WriteIfNotEmpty(json, "rewrites", thanos.rewrites, [&](const BlockRewrite& rewrite) { WriteRewrite(json, rewrite); });
  json.Key("index_stats");
  json.BeginObject();
  if (thanos.index_stats.series_max_bytes != 0) json.Field("series_max_size", thanos.index_stats.series_max_bytes);
  if (thanos.index_stats.chunk_max_bytes != 0) json.Field("chunk_max_size", thanos.index_stats.chunk_max_bytes);
  json.EndObject();
  WriteIfNotNull(json, "extensions", thanos.extensions);
  json.Field("upload_time", thanos.upload_time ? FormatRfc3339(*thanos.upload_time) : std::string(kGoZeroTime));
  WriteUnknown(json, thanos.unknown);
  json.EndObject();
}

}  // namespace

std::string BlockMetaToJson(const BlockMeta& meta) {
  std::string compact;
  JsonWriter json(compact);
  json.BeginObject();
  json.Field("ulid", meta.id.ToString());
  json.Field("minTime", meta.range.min);
  json.Field("maxTime", meta.range.max_exclusive);
  json.Key("stats");
  WriteStats(json, meta.stats);
  json.Key("compaction");
  WriteCompaction(json, meta.compaction);
  json.Field("version", kMetaVersion);
  if (meta.thanos) {
    json.Key("thanos");
    WriteThanos(json, *meta.thanos);
  }
  WriteUnknown(json, meta.unknown);
  json.EndObject();
  return IndentJson(compact) + "\n";
}

absl::Status WriteBlockMeta(Files& files, const std::string& directory, const BlockMeta& meta) {
  return files.WriteAtomically(JoinPath(directory, kMetaFileName), AsBytes(BlockMetaToJson(meta)));
}

}  // namespace varve
