#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/block_meta.h"
#include "tsdb/json_fields.h"
#include "tsdb/rfc3339.h"

namespace varve {
namespace {

constexpr std::string_view kGoZeroTime = "0001-01-01T00:00:00Z";

void ReadStats(JsonFields& fields, BlockStats& stats) {
  fields.Read("numSamples", stats.samples);
  fields.Read("numFloatSamples", stats.float_samples);
  fields.Read("numHistogramSamples", stats.histogram_samples);
  fields.Read("numSeries", stats.series);
  fields.Read("numChunks", stats.chunks);
  fields.Read("numTombstones", stats.tombstones);
}

void ReadCompaction(JsonFields& fields, BlockCompaction& compaction) {
  fields.Read("level", compaction.level);
  fields.Read("sources", compaction.sources);
  fields.Read("deletable", compaction.deletable);
  fields.ForEach("parents", [&](JsonFields& inner) {
    BlockParent& parent = compaction.parents.emplace_back();
    inner.Read("ulid", parent.id);
    inner.Read("minTime", parent.range.min);
    inner.Read("maxTime", parent.range.max_exclusive);
  });
  fields.Read("failed", compaction.failed);
  fields.Read("hints", compaction.hints);
}

void ReadLabels(JsonFields& fields, std::map<std::string, std::string>& labels) {
  for (const auto& [name, value] : fields.TakeRest()) {
    if (!value.is_string()) fields.Fail(name, "a string");
    labels[name] = value.StringOr("");
  }
}

void ReadFile(JsonFields& fields, BlockFile& file) {
  fields.Read("rel_path", file.rel_path);
  fields.Read("size_bytes", file.size_bytes);
  fields.Into("hash", [&](JsonFields& hash) {
    hash.Read("hashFunc", file.hash_function);
    hash.Read("value", file.hash_hex);
  });
}

void ReadRewrite(JsonFields& fields, BlockRewrite& rewrite) {
  fields.Read("sources", rewrite.sources);
  rewrite.deletions_applied = fields.Take("deletions_applied");
  rewrite.relabels_applied = fields.Take("relabels_applied");
}

void ReadUploadTime(JsonFields& fields, std::optional<TimestampMs>& time) {
  std::string text;
  fields.Read("upload_time", text);
  if (text.empty() || text == kGoZeroTime) return;
  const absl::StatusOr<TimestampMs> parsed = ParseRfc3339(text);
  if (!parsed.ok()) return fields.Fail("upload_time", "an RFC 3339 time");
  time = *parsed;
}

void ReadThanos(JsonFields& fields, ThanosMeta& thanos) {
  thanos.version = 0;
  fields.Read("version", thanos.version);
  fields.Into("labels", [&](JsonFields& inner) { ReadLabels(inner, thanos.labels); });
  fields.Into("downsample", [&](JsonFields& inner) { inner.Read("resolution", thanos.resolution_ms); });
  fields.Read("source", thanos.source);
  fields.Read("segment_files", thanos.segment_files);
  fields.ForEach("files", [&](JsonFields& inner) { ReadFile(inner, thanos.files.emplace_back()); });
  fields.ForEach("rewrites", [&](JsonFields& inner) { ReadRewrite(inner, thanos.rewrites.emplace_back()); });
  fields.Into("index_stats", [&](JsonFields& inner) {
    inner.Read("series_max_size", thanos.index_stats.series_max_bytes);
    inner.Read("chunk_max_size", thanos.index_stats.chunk_max_bytes);
  });
  thanos.extensions = fields.Take("extensions");
  ReadUploadTime(fields, thanos.upload_time);
}

}  // namespace

Labels ThanosMeta::external_labels() const {
  std::vector<LabelView> views;
  for (const auto& [name, value] : labels) views.push_back({name, value});
  return Labels(std::move(views));
}

absl::StatusOr<BlockMeta> ParseBlockMeta(std::string_view text) {
  const absl::StatusOr<JsonValue> root = JsonValue::Parse(text);
  if (!root.ok()) return DataLoss("meta.json: {}", Message(root.status()));
  if (!root->is_object()) return DataLoss("meta.json: not an object");

  BlockMeta meta;
  JsonFields fields(*root, "meta.json: ");
  int64_t version = 0;
  fields.Read("version", version);
  if (fields.status().ok() && version != 1) return Unimplemented("unknown meta.json version: {}", version);
  fields.Read("ulid", meta.id);
  fields.Read("minTime", meta.range.min);
  fields.Read("maxTime", meta.range.max_exclusive);
  meta.stats.unknown = fields.Into("stats", [&](JsonFields& inner) { ReadStats(inner, meta.stats); });
  meta.compaction.unknown = fields.Into("compaction", [&](JsonFields& inner) { ReadCompaction(inner, meta.compaction); });
  if ((*root)["thanos"].is_object()) meta.thanos.emplace();
  JsonValue::Object thanos_unknown = fields.Into("thanos", [&](JsonFields& inner) {
    if (meta.thanos) ReadThanos(inner, *meta.thanos);
  });
  VARVE_RETURN_IF_ERROR(fields.status());
  if (meta.thanos) {
    meta.thanos->unknown = std::move(thanos_unknown);
    if (meta.thanos->version < 0 || meta.thanos->version > 1) {
      return Unimplemented("unknown version of the thanos section of meta.json: {}", meta.thanos->version);
    }
  }
  // A block that names no sources is its own: an empty list would be part of every other block's, and whoever drops what another
  // block has would drop this one.
  if (meta.compaction.sources.empty() && meta.id != Ulid()) meta.compaction.sources = {meta.id};
  meta.unknown = fields.TakeRest();
  return meta;
}

absl::StatusOr<BlockMeta> ReadBlockMeta(Files& files, const std::string& directory) {
  VARVE_ASSIGN_OR_RETURN(const std::string text, files.ReadAll(JoinPath(directory, kMetaFileName)));
  absl::StatusOr<BlockMeta> meta = ParseBlockMeta(text);
  if (!meta.ok()) return Annotate(meta.status(), "block {}", directory);
  return meta;
}

}  // namespace varve
