#include "base/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>

#include "base/duration.h"
#include "base/errors.h"
#include "base/float_text.h"
#include "base/status_macros.h"

namespace varve {

// Copies a yaml-cpp tree. Lives here so that no header of ours knows yaml-cpp.
struct YamlConverter {
  static constexpr int kDepthMax = 100;
  static constexpr size_t kNodesMax = 1'000'000;  // aliases of aliases grow without bound

  size_t nodes = 0;

  absl::StatusOr<YamlNode> Convert(const YAML::Node& from, int depth) {
    const int line = from.Mark().line + 1;
    if (depth > kDepthMax) return InvalidArgument("YAML line {}: nested deeper than {}", line, kDepthMax);
    if (++nodes > kNodesMax) return InvalidArgument("YAML line {}: more than {} nodes", line, kNodesMax);
    YamlNode to;
    to.line_ = line;
    switch (from.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: break;
      case YAML::NodeType::Scalar:
        to.kind_ = YamlNode::Kind::kScalar;
        to.scalar_ = from.Scalar();
        break;
      case YAML::NodeType::Sequence:
        to.kind_ = YamlNode::Kind::kSequence;
        for (const YAML::Node& item : from) {
          VARVE_ASSIGN_OR_RETURN(YamlNode converted, Convert(item, depth + 1));
          to.items_.push_back(std::move(converted));
        }
        break;
      case YAML::NodeType::Map:
        to.kind_ = YamlNode::Kind::kMap;
        for (const auto& field : from) {
          if (!field.first.IsScalar()) return InvalidArgument("YAML line {}: a key must be a plain value", line);
          const std::string& key = field.first.Scalar();
          if (to.Find(key) != nullptr)
            return InvalidArgument("YAML line {}: key {:?} is there twice", field.first.Mark().line + 1, key);
          VARVE_ASSIGN_OR_RETURN(YamlNode converted, Convert(field.second, depth + 1));
          to.fields_.emplace_back(key, std::move(converted));
        }
        break;
    }
    return to;
  }
};

absl::StatusOr<YamlNode> YamlNode::Parse(std::string_view text) {
  try {
    return YamlConverter().Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    return InvalidArgument("YAML line {}, column {}: {}", error.mark.line + 1, error.mark.column + 1, error.msg);
  }
}

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (const auto& [name, node] : fields_) {
    if (name == key) return &node;
  }
  return nullptr;
}

YamlMap::YamlMap(const YamlNode& node, std::string where) : node_(node), where_(std::move(where)) {
  if (!node.is_map() && !node.is_null())
    Fail(InvalidArgument("{} (line {}): expected a map of keys and values", where_, node.line()));
}

void YamlMap::Fail(absl::Status status) {
  if (status_.ok()) status_ = std::move(status);
}

void YamlMap::FailType(const YamlNode& node, std::string_view key, std::string_view expected) {
  Fail(InvalidArgument("{} (line {}): key {:?} must be {}{}", where_, node.line(), key, expected,
                       node.is_scalar() ? fmt::format(", got {:?}", node.scalar()) : ""));
}

const YamlNode* YamlMap::Child(std::string_view key) {
  asked_.emplace_back(key);
  const YamlNode* node = node_.Find(key);
  return node == nullptr || node->is_null() ? nullptr : node;
}

const YamlNode* YamlMap::Scalar(std::string_view key, std::string_view expected) {
  const YamlNode* node = Child(key);
  if (node != nullptr && !node->is_scalar()) {
    FailType(*node, key, expected);
    return nullptr;
  }
  return node;
}

void YamlMap::Read(std::string_view key, std::string& out) {
  if (const YamlNode* node = Scalar(key, "a text")) out = node->scalar();
}

void YamlMap::Read(std::string_view key, bool& out) {
  const YamlNode* node = Scalar(key, "true or false");
  if (node == nullptr) return;
  const std::string& text = node->scalar();
  if (text == "true" || text == "True" || text == "TRUE") {
    out = true;
  } else if (text == "false" || text == "False" || text == "FALSE") {
    out = false;
  } else {
    FailType(*node, key, "true or false");
  }
}

namespace {

template <typename Integer>
bool ParseInteger(const std::string& text, Integer& out) {
  Integer value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  out = value;
  return true;
}

}  // namespace

void YamlMap::Read(std::string_view key, int& out) {
  const YamlNode* node = Scalar(key, "a whole number");
  if (node != nullptr && !ParseInteger(node->scalar(), out)) FailType(*node, key, "a whole number");
}

void YamlMap::Read(std::string_view key, int64_t& out) {
  const YamlNode* node = Scalar(key, "a whole number");
  if (node != nullptr && !ParseInteger(node->scalar(), out)) FailType(*node, key, "a whole number");
}

void YamlMap::Read(std::string_view key, uint64_t& out) {
  const YamlNode* node = Scalar(key, "a whole number from 0");
  if (node != nullptr && !ParseInteger(node->scalar(), out)) FailType(*node, key, "a whole number from 0");
}

void YamlMap::Read(std::string_view key, double& out) {
  const YamlNode* node = Scalar(key, "a number");
  if (node == nullptr) return;
  const absl::StatusOr<double> value = ParseGoFloat(node->scalar());
  if (value.ok()) {
    out = *value;
  } else {
    FailType(*node, key, "a number");
  }
}

void YamlMap::Read(std::string_view key, std::vector<std::string>& out) {
  const YamlNode* node = Child(key);
  if (node == nullptr) return;
  if (!node->is_sequence()) return FailType(*node, key, "a list of texts");
  out.clear();
  for (const YamlNode& item : node->items()) {
    if (!item.is_scalar()) return FailType(item, key, "a list of texts");
    out.push_back(item.scalar());
  }
}

void YamlMap::Read(std::string_view key, std::map<std::string, std::string>& out) {
  const YamlNode* node = Child(key);
  if (node == nullptr) return;
  if (!node->is_map()) return FailType(*node, key, "a map of texts");
  out.clear();
  for (const auto& [name, value] : node->fields()) {
    if (value.kind() != YamlNode::Kind::kScalar && !value.is_null()) return FailType(value, key, "a map of texts");
    out.emplace(name, value.scalar());
  }
}

void YamlMap::ReadDurationMs(std::string_view key, int64_t& out) {
  const YamlNode* node = Scalar(key, "a duration such as 5m");
  if (node == nullptr) return;
  const absl::StatusOr<int64_t> value = ParseDurationMs(node->scalar());
  if (value.ok()) {
    out = *value;
  } else {
    FailType(*node, key, "a duration such as 5m");
  }
}

void YamlMap::ReadSizeBytes(std::string_view key, uint64_t& out) {
  const YamlNode* node = Scalar(key, "a size such as 250MB");
  if (node == nullptr) return;
  const absl::StatusOr<uint64_t> value = ParseSizeBytes(node->scalar());
  if (value.ok()) {
    out = *value;
  } else {
    FailType(*node, key, "a size such as 250MB");
  }
}

absl::Status YamlMap::Finish(bool allow_unknown_keys) {
  if (!status_.ok() || allow_unknown_keys) return status_;
  for (const auto& [key, value] : node_.fields()) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      return InvalidArgument("unknown key {:?} in {} (line {}); known keys: {}", key, where_, value.line(),
                             fmt::join(asked_, ", "));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> ParseSizeBytes(std::string_view text) {
  const auto bad = [text] { return InvalidArgument("not a size: {:?}; write for example 512KB, 250MB or 2GiB", text); };
  size_t digits = text.find_first_not_of("0123456789.");
  if (digits == std::string_view::npos) digits = text.size();
  const absl::StatusOr<double> count = ParseGoFloat(text.substr(0, digits));
  if (!count.ok()) return bad();
  std::string_view unit = text.substr(digits);
  double scale = 1;
  if (!unit.empty() && unit != "B") {
    static constexpr std::string_view kPrefixes = "KMGTPE";
    const size_t prefix = kPrefixes.find(unit[0] == 'k' ? 'K' : unit[0]);
    if (prefix == std::string_view::npos) return bad();
    unit.remove_prefix(1);
    if (!unit.empty() && unit != "B" && unit != "iB" && unit != "i") return bad();
    for (size_t i = 0; i <= prefix; ++i) scale *= 1024;
  }
  const double bytes = *count * scale;
  if (!(bytes >= 0 && bytes < 9.2e18)) return bad();
  return static_cast<uint64_t>(bytes);
}

}  // namespace varve
