#include "api/block_status_handlers.h"

#include <algorithm>
#include <array>

#include "api/api_response.h"
#include "api/rfc3339.h"
#include "base/errors.h"
#include "base/json_writer.h"
#include "blocks/block_group.h"

namespace varve {
namespace {

void WriteMeta(JsonWriter& json, const BlockMeta& meta) {
  json.Field("minTime", meta.range.min);
  json.Field("maxTime", meta.range.max_exclusive);
  json.Field("resolution", ResolutionMsOf(meta));
  json.Key("labels");
  json.BeginObject();
  for (const LabelView& label : ExternalLabelsOf(meta)) json.Field(label.name, label.value);
  json.EndObject();
}

void WriteBlock(JsonWriter& json, const BlockStatus& block) {
  json.BeginObject();
  json.Field("ulid", block.id.ToString());
  json.Field("state", kBlockStateNames[static_cast<size_t>(block.state)]);
  if (block.meta != nullptr) WriteMeta(json, *block.meta);
  if (!block.reason.empty()) json.Field("reason", block.reason);
  if (block.since != 0) json.Field("since", FormatRfc3339(block.since));
  if (block.ask_again != 0) json.Field("checkedAgain", FormatRfc3339(block.ask_again));
  json.EndObject();
}

}  // namespace

HttpResponse BlockStatusHandlers::Blocks(const HttpRequest& request) const {
  const std::string_view wanted = request.form.Get("state");
  const auto is_state = std::find(std::begin(kBlockStateNames), std::end(kBlockStateNames), wanted);
  if (!wanted.empty() && is_state == std::end(kBlockStateNames)) {
    return RespondError(
        InvalidArgument("invalid parameter \"state\": {:?} is none of {}", wanted, fmt::join(kBlockStateNames, ", ")));
  }
  const std::vector<BlockStatus> blocks = store_.Blocks();
  std::array<int64_t, std::size(kBlockStateNames)> counts{};
  for (const BlockStatus& block : blocks) ++counts[static_cast<size_t>(block.state)];

  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("counts");
  json.BeginObject();
  for (size_t state = 0; state < counts.size(); ++state) json.Field(kBlockStateNames[state], counts[state]);
  json.EndObject();
  json.Key("blocks");
  json.BeginArray();
  for (const BlockStatus& block : blocks) {
    if (wanted.empty() || wanted == kBlockStateNames[static_cast<size_t>(block.state)]) WriteBlock(json, block);
  }
  json.EndArray();
  json.EndObject();
  return RespondData(text);
}

void BlockStatusHandlers::AddTo(HttpRouter& router) const {
  router.Add("GET", "/api/v1/status/blocks", [this](const HttpRequest& request) { return Blocks(request); },
             {.name = "status_blocks"});
}

}  // namespace varve
