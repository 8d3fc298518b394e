// meta.json: what a block is, without looking into it. The TSDB part is Prometheus', the `thanos` part is Thanos' and absent
// in blocks that never met Thanos.
//
// Shape    a value with every key of both; keys we do not know are kept and written back. docs/formats/meta.md.
// Units    the range is half-open, in Unix milliseconds.
// Errors   DataLoss for text that is not a meta.json, Unimplemented for a version we do not know.
// Source   prometheus tsdb/block.go; thanos pkg/block/metadata/meta.go.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.h"
#include "base/time_range.h"
#include "base/ulid.h"
#include "model/labels.h"
#include "runtime/files.h"

namespace varve {

inline constexpr std::string_view kMetaFileName = "meta.json";

struct BlockStats {
  uint64_t samples = 0, float_samples = 0, histogram_samples = 0;
  uint64_t series = 0, chunks = 0, tombstones = 0;
  JsonValue::Object unknown;
};

struct BlockParent {
  Ulid id;
  BlockRange range;
};

struct BlockCompaction {
  int64_t level = 0;          // compactions any source has gone through, 1 for a block cut from a head
  std::vector<Ulid> sources;  // the level 1 blocks that went in; never empty when read from meta.json
  bool deletable = false;     // it came out empty
  std::vector<BlockParent> parents;
  bool failed = false;
  std::vector<std::string> hints;  // from-out-of-order, from-stale-series, ...
  JsonValue::Object unknown;
};

struct BlockFile {
  std::string rel_path;
  int64_t size_bytes = 0;     // 0 for meta.json itself
  std::string hash_function;  // SHA256, or empty without a hash
  std::string hash_hex;
};

struct BlockRewrite {
  std::vector<Ulid> sources;
  JsonValue deletions_applied;  // [{matchers, intervals, request_id}], null if none
  JsonValue relabels_applied;   // [relabel config], null if none
};

struct BlockIndexStats {  // 0: not known
  int64_t series_max_bytes = 0;
  int64_t chunk_max_bytes = 0;
};

struct ThanosMeta {
  int64_t version = 1;
  std::map<std::string, std::string> labels;  // external labels
  int64_t resolution_ms = 0;                  // 0, 300000 or 3600000
  std::string source;                         // sidecar, receive, ruler, compactor, ...
  std::vector<std::string> segment_files;
  std::vector<BlockFile> files;
  std::vector<BlockRewrite> rewrites;
  BlockIndexStats index_stats;
  JsonValue extensions;
  std::optional<TimestampMs> upload_time;
  JsonValue::Object unknown;

  Labels external_labels() const;
};

struct BlockMeta {
  Ulid id;
  BlockRange range;
  BlockStats stats;
  BlockCompaction compaction;
  std::optional<ThanosMeta> thanos;
  JsonValue::Object unknown;
};

absl::StatusOr<BlockMeta> ParseBlockMeta(std::string_view text);
// As Go writes it: tab-indented, upstream's key order, keys left out where upstream leaves them out, a newline at the end.
std::string BlockMetaToJson(const BlockMeta& meta);

// `directory` is the block's own.
absl::StatusOr<BlockMeta> ReadBlockMeta(Files& files, const std::string& directory);
absl::Status WriteBlockMeta(Files& files, const std::string& directory, const BlockMeta& meta);

}  // namespace varve
