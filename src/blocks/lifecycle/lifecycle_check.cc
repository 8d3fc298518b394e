#include "blocks/lifecycle/lifecycle_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/duration.h"
#include "blocks/block_names.h"

namespace varve {
namespace {

constexpr double kGib = 1 << 30;
constexpr int64_t kDayMs = 86'400'000;

std::string MomentText(const LifecycleMoment& moment) {
  return moment.date.has_value() ? std::string("at a fixed date")
                                 : fmt::format("{} days after they were written", *moment.age_days);
}

// The resolutions whose data is kept longer than `days` after it was written at the latest.
std::string KeptLonger(const RetentionMs& retention, const LifecycleRule& rule, const LifecycleMoment& moment) {
  std::string text;
  for (const auto& [resolution, name] : {std::pair<int64_t, std::string_view>{0, "raw"}, {300'000, "5m"}, {3'600'000, "1h"}}) {
    if (rule.tag == LifecycleRule::Tag::kRawChunks && resolution != 0) continue;
    const auto found = retention.find(resolution);
    const int64_t kept_ms = found == retention.end() ? 0 : found->second;
    if (kept_ms != 0 && (!moment.age_days.has_value() || kept_ms <= *moment.age_days * kDayMs)) continue;
    text += fmt::format("{}{} data {}", text.empty() ? "" : ", ", name,
                        kept_ms == 0 ? "for ever" : "for " + FormatPrometheusDuration(kept_ms));
  }
  return text;
}

const LifecycleRule::Transition* FirstFreeze(const LifecycleRule& rule) {
  const auto found = std::find_if(rule.transitions.begin(), rule.transitions.end(),
                                  [](const LifecycleRule::Transition& one) { return !one.to->readable; });
  return found == rule.transitions.end() ? nullptr : &*found;
}

void JudgeRule(const LifecycleRule& rule, const RetentionMs& retention, std::vector<std::string>& mistakes) {
  if (!rule.enabled || rule.tag == LifecycleRule::Tag::kOther) return;
  if (const LifecycleRule::Transition* freeze = FirstFreeze(rule); freeze != nullptr) {
    if (const std::string kept = KeptLonger(retention, rule, freeze->when); !kept.empty()) {
      mistakes.push_back(fmt::format(
          "rule \"{}\" freezes: objects{} go to {} {}, and there nothing can be read before somebody restores it, while the "
          "compactor "
          "keeps {}. Queries then lack these blocks, and they can be neither compacted nor downsampled. Move only chunk files of "
          "raw blocks, and to a class that is read at once: varve tools lifecycle generate writes such rules.",
          rule.id, rule.MatchesEverything() ? ", meta.json and index among them," : "", freeze->to->name,
          MomentText(freeze->when), kept));
    }
  }
  if (!rule.expiration.has_value()) return;
  const std::string kept = KeptLonger(retention, rule, *rule.expiration);
  mistakes.push_back(
      fmt::format("rule \"{}\" deletes: objects vanish {}, whatever samples they hold and one by one, so that a block is left "
                  "without its index "
                  "or a part of its chunks{}. Leave deleting to the compactor: its --retention flags go by the samples and take "
                  "whole blocks.",
                  rule.id, MomentText(*rule.expiration), kept.empty() ? "" : ", while the compactor keeps " + kept));
}

// The objects of one block that one rule meets while they are needed.
class Meeting {
 public:
  Meeting(const BlockOutlook& block, const LifecycleRule& rule) : block_(block), rule_(rule) {}

  std::optional<LifecycleFinding> Of(LifecycleFinding::Does does, const LifecycleMoment& moment, const StorageClass* to) const {
    const TimestampMs when = moment.For(block_.written);
    if (when >= block_.needed_until) return std::nullopt;
    LifecycleFinding finding{.does = does,
                             .block = block_.block->id,
                             .rule = rule_.id,
                             .when = when,
                             .needed_until = block_.needed_until,
                             .parts = ""};
    std::string parts;
    size_t chunk_files = 0;
    for (const BlockObject& object : block_.objects) {
      if (!rule_.Matches(object.name, object.size, object.raw_chunks)) continue;
      finding.bytes += object.size;
      const std::string directory = BlockObjectName(block_.block->id, "");
      const std::string part = object.name.substr(object.name.find(directory) + directory.size());
      if (part.starts_with(kChunksDirectory)) {
        ++chunk_files;
      } else {
        finding.parts += (finding.parts.empty() ? "" : ", ") + part;
      }
    }
    if (chunk_files > 0) {
      finding.parts +=
          fmt::format("{}{} chunk file{}", finding.parts.empty() ? "" : ", ", chunk_files, chunk_files == 1 ? "" : "s");
    }
    if (finding.parts.empty()) return std::nullopt;
    if (to != nullptr) finding.dollars_to_restore = static_cast<double>(finding.bytes) / kGib * to->read_gib;
    return finding;
  }

 private:
  const BlockOutlook& block_;
  const LifecycleRule& rule_;
};

double SavedPerMonth(const BlockOutlook& block, const LifecycleRule& rule) {
  double cheapest = StandardClass().gib_month;
  for (const LifecycleRule::Transition& transition : rule.transitions) {
    const bool in_time = transition.when.For(block.written) < block.needed_until;
    if (transition.to->readable && in_time) cheapest = std::min(cheapest, transition.to->gib_month);
  }
  uint64_t bytes = 0;
  for (const BlockObject& object : block.objects)
    bytes += rule.Matches(object.name, object.size, object.raw_chunks) ? object.size : 0;
  return static_cast<double>(bytes) / kGib * (StandardClass().gib_month - cheapest);
}

}  // namespace

LifecycleReport CheckLifecycle(const LifecyclePolicy& policy, const std::vector<BlockOutlook>& blocks,
                               const RetentionMs& retention) {
  LifecycleReport report;
  for (const LifecycleRule& rule : policy.rules) {
    JudgeRule(rule, retention, report.mistakes);
    const LifecycleRule::Transition* freeze = FirstFreeze(rule);
    for (const BlockOutlook& block : blocks) {
      const Meeting meeting(block, rule);
      std::optional<LifecycleFinding> frozen, deleted;
      if (freeze != nullptr) frozen = meeting.Of(LifecycleFinding::Does::kFreezes, freeze->when, freeze->to);
      if (rule.expiration.has_value()) deleted = meeting.Of(LifecycleFinding::Does::kDeletes, *rule.expiration, nullptr);
      if (frozen.has_value()) report.findings.push_back(*std::move(frozen));
      if (deleted.has_value()) report.findings.push_back(*std::move(deleted));
      report.saved_per_month += SavedPerMonth(block, rule);
    }
  }
  std::sort(report.findings.begin(), report.findings.end(), [](const LifecycleFinding& a, const LifecycleFinding& b) {
    return std::tie(a.when, a.block, a.rule) < std::tie(b.when, b.block, b.rule);
  });
  return report;
}

}  // namespace varve
