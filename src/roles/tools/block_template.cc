#include "roles/tools/block_template.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

template <typename Items, typename Project>
std::string GoList(const Items& items, Project project) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(project(item));
  return fmt::format("[{}]", fmt::join(texts, " "));
}

std::string GoMap(const std::map<std::string, std::string>& map) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : map) texts.push_back(name + ":" + value);
  return fmt::format("map[{}]", fmt::join(texts, " "));
}

const ThanosMeta& ThanosOf(const BlockMeta& block) {
  static const ThanosMeta& none = *new ThanosMeta;
  return block.thanos.has_value() ? *block.thanos : none;
}

struct Field {
  std::string_view path;
  std::string (*text)(const BlockMeta& block);
};

constexpr Field kFields[] = {
    {".ULID", [](const BlockMeta& block) { return block.id.ToString(); }},
    {".MinTime", [](const BlockMeta& block) { return std::to_string(block.range.min); }},
    {".MaxTime", [](const BlockMeta& block) { return std::to_string(block.range.max_exclusive); }},
    {".Version", [](const BlockMeta&) { return std::string("1"); }},
    {".Stats.NumSamples", [](const BlockMeta& block) { return std::to_string(block.stats.samples); }},
    {".Stats.NumFloatSamples", [](const BlockMeta& block) { return std::to_string(block.stats.float_samples); }},
    {".Stats.NumHistogramSamples", [](const BlockMeta& block) { return std::to_string(block.stats.histogram_samples); }},
    {".Stats.NumSeries", [](const BlockMeta& block) { return std::to_string(block.stats.series); }},
    {".Stats.NumChunks", [](const BlockMeta& block) { return std::to_string(block.stats.chunks); }},
    {".Stats.NumTombstones", [](const BlockMeta& block) { return std::to_string(block.stats.tombstones); }},
    {".Compaction.Level", [](const BlockMeta& block) { return std::to_string(block.compaction.level); }},
    {".Compaction.Deletable", [](const BlockMeta& block) { return fmt::format("{}", block.compaction.deletable); }},
    {".Compaction.Failed", [](const BlockMeta& block) { return fmt::format("{}", block.compaction.failed); }},
    {".Compaction.Sources",
     [](const BlockMeta& block) { return GoList(block.compaction.sources, [](Ulid id) { return id.ToString(); }); }},
    {".Compaction.Hints",
     [](const BlockMeta& block) { return GoList(block.compaction.hints, [](const std::string& hint) { return hint; }); }},
    {".Thanos.Labels", [](const BlockMeta& block) { return GoMap(ThanosOf(block).labels); }},
    {".Thanos.Source", [](const BlockMeta& block) { return ThanosOf(block).source; }},
    {".Thanos.Downsample.Resolution", [](const BlockMeta& block) { return std::to_string(ThanosOf(block).resolution_ms); }},
    {".Thanos.SegmentFiles",
     [](const BlockMeta& block) { return GoList(ThanosOf(block).segment_files, [](const std::string& name) { return name; }); }},
};

// What Go prints for a key that a map lacks depends on how it is asked: an index gives the empty value, a path "<no value>".
std::string LabelText(const BlockMeta& block, std::string_view name, std::string_view absent) {
  const auto& labels = ThanosOf(block).labels;
  const auto found = labels.find(std::string(name));
  return found == labels.end() ? std::string(absent) : found->second;
}

absl::StatusOr<std::string> ExpandAction(std::string_view action, const BlockMeta& block) {
  constexpr std::string_view kLabels = ".Thanos.Labels", kIndex = "index ";
  if (action.starts_with(kIndex)) {
    const std::string_view arguments = Trim(action.substr(kIndex.size()));
    const std::string_view key = arguments.starts_with(kLabels) ? Trim(arguments.substr(kLabels.size())) : std::string_view();
    if (key.size() >= 2 && key.front() == key.back() && (key.front() == '"' || key.front() == '`')) {
      return LabelText(block, key.substr(1, key.size() - 2), "");
    }
    return InvalidArgument("template: {{{{{}}}}}: only `index .Thanos.Labels \"name\"` can be asked for", action);
  }
  const auto field = std::ranges::find(kFields, action, &Field::path);
  if (field != std::end(kFields)) return field->text(block);
  if (action.starts_with(kLabels) && action.substr(kLabels.size()).starts_with('.')) {
    return LabelText(block, action.substr(kLabels.size() + 1), "<no value>");
  }
  return InvalidArgument("template: {{{{{}}}}} is no field of a block; a block has {}", action,
                         fmt::join(std::views::transform(kFields, &Field::path), " "));
}

}  // namespace

absl::StatusOr<std::string> ExpandBlockTemplate(std::string_view text, const BlockMeta& block) {
  std::string out;
  bool trim_next = false;
  while (true) {
    const size_t open = text.find("{{");
    std::string_view literal = text.substr(0, open);
    if (trim_next) literal.remove_prefix(std::min(literal.find_first_not_of(kSpace), literal.size()));
    out += literal;
    if (open == std::string_view::npos) return out;
    const size_t close = text.find("}}", open);
    if (close == std::string_view::npos) return InvalidArgument("template: {:?} is not closed with }}}}", text.substr(open));
    std::string_view action = text.substr(open + 2, close - open - 2);
    text.remove_prefix(close + 2);
    if (action.starts_with("- ")) {
      action.remove_prefix(2);
      out.erase(out.find_last_not_of(kSpace) + 1);
    }
    trim_next = action.ends_with(" -");
    if (trim_next) action.remove_suffix(2);
    VARVE_ASSIGN_OR_RETURN(const std::string value, ExpandAction(Trim(action), block));
    out += value;
  }
}

}  // namespace varve
