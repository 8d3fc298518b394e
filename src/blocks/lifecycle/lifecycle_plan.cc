#include "blocks/lifecycle/lifecycle_plan.h"

#include <algorithm>
#include <array>

#include "base/duration.h"
#include "base/errors.h"
#include "base/json_writer.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/block_names.h"
#include "objstore/raw_chunks_mark.h"

namespace varve {
namespace {

constexpr double kGib = 1 << 30;
constexpr int64_t kDayMs = 86'400'000;
constexpr int kBrokenUploadDays = 2;  // as long as the compactor leaves blocks that are not whole
constexpr size_t kS3RulesMax = 1'000 - 2, kGcsRulesMax = 100 - 2, kGcsPrefixesMax = 50;
constexpr std::array<std::string_view, 3> kGcsClasses = {"NEARLINE", "COLDLINE", "ARCHIVE"};

absl::StatusOr<const StorageClass*> ClassOf(const LifecycleWish& wish) {
  const bool gcs = wish.provider == "GCS";
  const std::string name = !wish.storage_class.empty() ? wish.storage_class : gcs ? "COLDLINE" : "GLACIER_IR";
  const StorageClass* found = FindStorageClass(name);
  if (found == nullptr) return InvalidArgument("storage class {:?} is not known; known ones: {}", name, KnownStorageClasses());
  if (!found->readable) {
    return InvalidArgument(
        "storage class {} would freeze the blocks: nothing in it can be read before it is restored. Classes that are read at "
        "once: {}",
        name, gcs ? "NEARLINE, COLDLINE, ARCHIVE" : "STANDARD_IA, GLACIER_IR");
  }
  const bool of_gcs = std::find(kGcsClasses.begin(), kGcsClasses.end(), name) != kGcsClasses.end();
  if (of_gcs != gcs || found->gib_month >= StandardClass().gib_month) {
    return InvalidArgument("storage class {} is no colder class of {}", name, wish.provider);
  }
  return found;
}

absl::Status CheckExpiration(const LifecycleWish& wish, const RetentionMs& retention) {
  if (wish.expire_after_ms == 0) return absl::OkStatus();
  for (const auto& [resolution, name] : {std::pair<int64_t, std::string_view>{0, "raw"}, {300'000, "5m"}, {3'600'000, "1h"}}) {
    const auto found = retention.find(resolution);
    const int64_t kept_ms = found == retention.end() ? 0 : found->second;
    if (kept_ms != 0 && kept_ms <= wish.expire_after_ms) continue;
    return InvalidArgument(
        "expiring objects after {} would delete {} data that --retention.resolution-{} keeps {}; leave expiring to the compactor",
        FormatPrometheusDuration(wish.expire_after_ms), name, name,
        kept_ms == 0 ? "for ever" : "for " + FormatPrometheusDuration(kept_ms));
  }
  return absl::OkStatus();
}

struct Move {
  Ulid block;
  std::string prefix;  // of its chunk files
  uint64_t bytes = 0;
  size_t objects = 0;
};

std::vector<Move> MovesOf(const std::vector<BlockOutlook>& blocks, const LifecycleWish& wish, const StorageClass& to,
                          TimestampMs now) {
  std::vector<Move> moves;
  for (const BlockOutlook& outlook : blocks) {
    const bool stays_long_enough =
        outlook.needed_until == kMaxTimestamp || outlook.needed_until - now >= to.minimum_days * kDayMs;
    if (!outlook.settled || ResolutionMsOf(*outlook.block) != 0 || !stays_long_enough) continue;
    Move move{.block = outlook.block->id,
              .prefix = wish.object_prefix + BlockObjectName(outlook.block->id, kChunksDirectory) + "/"};
    for (const BlockObject& object : outlook.objects) {
      if (!object.name.starts_with(move.prefix)) continue;
      move.bytes += object.size;
      ++move.objects;
    }
    if (move.objects > 0) moves.push_back(std::move(move));
  }
  std::stable_sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) { return a.bytes > b.bytes; });
  return moves;
}

// S3 takes IA classes from the 30th day on.
int DaysBeforeMove(const StorageClass& to) { return to.name == "STANDARD_IA" || to.name == "ONEZONE_IA" ? 30 : 1; }

int64_t WholeDays(int64_t ms) { return (ms + kDayMs - 1) / kDayMs; }

// By the mark a block is met whenever it was written, so the rule waits until it is settled or replaced.
int64_t DaysBeforeMoveByMark(const StorageClass& to) { return std::max<int64_t>(SettledAfterDays(), DaysBeforeMove(to)); }

absl::Status CheckMarkGains(const RetentionMs& retention, const StorageClass& to) {
  const auto found = retention.find(0);
  const int64_t kept_ms = found == retention.end() ? 0 : found->second;
  const int64_t needed_days = DaysBeforeMoveByMark(to) + to.minimum_days;
  if (kept_ms == 0 || kept_ms >= needed_days * kDayMs) return absl::OkStatus();
  return InvalidArgument(
      "raw data is kept for {}: moved to {} on the {}th day, which bills {} days at least, it would cost more than it saves; "
      "with "
      "--retention.resolution-raw of {}d or more there is something to gain",
      FormatPrometheusDuration(kept_ms), to.name, DaysBeforeMoveByMark(to), to.minimum_days, needed_days);
}

void BeginS3Rule(JsonWriter& json, std::string_view id, std::string_view prefix) {
  json.BeginObject();
  json.Field("ID", id);
  json.Key("Filter"), json.BeginObject(), json.Field("Prefix", prefix), json.EndObject();
  json.Field("Status", "Enabled");
}

void WriteS3Transition(JsonWriter& json, int64_t days, const StorageClass& to) {
  json.Key("Transitions"), json.BeginArray(), json.BeginObject();
  json.Field("Days", days), json.Field("StorageClass", to.name);
  json.EndObject(), json.EndArray();
}

void WriteS3RuleByMark(JsonWriter& json, const LifecycleWish& wish, const StorageClass& to) {
  json.BeginObject();
  json.Field("ID", "varve-raw-chunks");
  json.Key("Filter"), json.BeginObject();
  if (!wish.object_prefix.empty()) {
    json.Key("And"), json.BeginObject();
    json.Field("Prefix", wish.object_prefix);
    json.Key("Tags"), json.BeginArray();
  } else {
    json.Key("Tag");
  }
  json.BeginObject(), json.Field("Key", kRawChunksTagKey), json.Field("Value", kRawChunksTagValue), json.EndObject();
  if (!wish.object_prefix.empty()) json.EndArray(), json.EndObject();
  json.EndObject();
  json.Field("Status", "Enabled");
  WriteS3Transition(json, DaysBeforeMoveByMark(to), to);
  json.EndObject();
}

std::string S3Json(const std::vector<Move>& moves, const LifecycleWish& wish, const StorageClass& to) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("Rules"), json.BeginArray();
  BeginS3Rule(json, "varve-broken-uploads", wish.object_prefix);
  json.Key("AbortIncompleteMultipartUpload"), json.BeginObject();
  json.Field("DaysAfterInitiation", int64_t{kBrokenUploadDays}), json.EndObject();
  json.EndObject();
  if (wish.expire_after_ms > 0) {
    BeginS3Rule(json, "varve-expiration", wish.object_prefix);
    json.Key("Expiration"), json.BeginObject(), json.Field("Days", WholeDays(wish.expire_after_ms)), json.EndObject();
    json.EndObject();
  }
  for (const Move& move : moves) {
    BeginS3Rule(json, "varve-raw-" + move.block.ToString(), move.prefix);
    WriteS3Transition(json, DaysBeforeMove(to), to);
    json.EndObject();
  }
  if (wish.by_mark) WriteS3RuleByMark(json, wish, to);
  json.EndArray();
  json.EndObject();
  return text;
}

std::string GcsJson(const std::vector<Move>& moves, const LifecycleWish& wish, const StorageClass& to) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("rule"), json.BeginArray();
  const auto rule = [&json](std::string_view type, std::string_view to_class, std::string_view condition, int64_t days,
                            const std::vector<std::string>& prefixes) {
    json.BeginObject();
    json.Key("action"), json.BeginObject(), json.Field("type", type);
    if (!to_class.empty()) json.Field("storageClass", to_class);
    json.EndObject();
    json.Key("condition"), json.BeginObject(), json.Field(condition, days);
    if (!prefixes.empty()) {
      json.Key("matchesPrefix"), json.BeginArray();
      for (const std::string& prefix : prefixes) json.String(prefix);
      json.EndArray();
    }
    json.EndObject();
    json.EndObject();
  };
  std::vector<std::string> everything;
  if (!wish.object_prefix.empty()) everything.push_back(wish.object_prefix);
  rule("AbortIncompleteMultipartUpload", "", "age", kBrokenUploadDays, everything);
  if (wish.expire_after_ms > 0) rule("Delete", "", "age", WholeDays(wish.expire_after_ms), everything);
  for (size_t first = 0; first < moves.size(); first += kGcsPrefixesMax) {
    std::vector<std::string> prefixes;
    for (size_t i = first; i < std::min(moves.size(), first + kGcsPrefixesMax); ++i) prefixes.push_back(moves[i].prefix);
    rule("SetStorageClass", to.name, "age", DaysBeforeMove(to), prefixes);
  }
  if (wish.by_mark) rule("SetStorageClass", to.name, "daysSinceCustomTime", DaysBeforeMoveByMark(to), everything);
  json.EndArray();
  json.EndObject();
  return text;
}

}  // namespace

absl::StatusOr<LifecyclePlan> PlanLifecycle(const std::vector<BlockOutlook>& blocks, const RetentionMs& retention,
                                            const LifecycleWish& wish, TimestampMs now) {
  if (wish.provider != "S3" && wish.provider != "GCS")
    return InvalidArgument("lifecycle rules for {:?} are not known; S3 and GCS are", wish.provider);
  VARVE_ASSIGN_OR_RETURN(const StorageClass* to, ClassOf(wish));
  VARVE_RETURN_IF_ERROR(CheckExpiration(wish, retention));
  LifecyclePlan plan;
  if (wish.by_mark) {
    VARVE_RETURN_IF_ERROR(CheckMarkGains(retention, *to));
    plan.json = wish.provider == "S3" ? S3Json({}, wish, *to) : GcsJson({}, wish, *to);
    return plan;
  }
  std::vector<Move> moves = MovesOf(blocks, wish, *to, now);
  const size_t moves_max = wish.provider == "S3" ? kS3RulesMax : kGcsRulesMax * kGcsPrefixesMax;
  if (moves.size() > moves_max) {
    plan.left_out_blocks = moves.size() - moves_max;
    moves.resize(moves_max);
  }
  plan.moved_blocks = moves.size();
  for (const Move& move : moves) {
    plan.moved_bytes += move.bytes;
    plan.moving_costs += static_cast<double>(move.objects) / 1000 * to->per_1000_moves;
  }
  plan.saved_per_month = static_cast<double>(plan.moved_bytes) / kGib * (StandardClass().gib_month - to->gib_month);
  plan.json = wish.provider == "S3" ? S3Json(moves, wish, *to) : GcsJson(moves, wish, *to);
  return plan;
}

}  // namespace varve
