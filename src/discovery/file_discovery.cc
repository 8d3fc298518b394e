#include "discovery/file_discovery.h"

#include <fnmatch.h>

#include <set>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "base/yaml.h"

namespace varve {

absl::StatusOr<std::vector<TargetGroup>> ParseTargetGroups(std::string_view text, const std::string& name) {
  if (!name.ends_with(".json") && !name.ends_with(".yml") && !name.ends_with(".yaml")) {
    return InvalidArgument("read target groups of {}: the name must end in .json, .yml or .yaml", name);
  }
  absl::StatusOr<YamlNode> root = YamlNode::Parse(text);  // which JSON is as well
  if (!root.ok()) return Annotate(root.status(), "read target groups of {}", name);
  if (!root->is_sequence() && !root->is_null()) return InvalidArgument("read target groups of {}: not a list of groups", name);
  std::vector<TargetGroup> groups;
  for (const YamlNode& item : root->items()) {
    TargetGroup& group = groups.emplace_back();
    group.source = fmt::format("{}:{}", name, groups.size() - 1);
    YamlMap map(item, fmt::format("target group {}", group.source));
    map.Read("targets", group.targets);
    map.Read("labels", group.labels);
    VARVE_RETURN_IF_ERROR(map.Finish());
  }
  return groups;
}

FileDiscovery::FileDiscovery(Files& files, std::vector<std::string> patterns) : files_(files), patterns_(std::move(patterns)) {}

std::vector<std::string> FileDiscovery::Expand(const std::string& pattern) const {
  const size_t slash = pattern.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : pattern.substr(0, slash);
  const std::string last = slash == std::string::npos ? pattern : pattern.substr(slash + 1);
  if (last.find('*') == std::string::npos) return {pattern};
  std::vector<std::string> paths;
  const absl::StatusOr<std::vector<std::string>> names = files_.List(directory);
  if (!names.ok()) return paths;  // not there yet
  for (const std::string& name : *names) {
    if (::fnmatch(last.c_str(), name.c_str(), 0) == 0) paths.push_back(JoinPath(directory, name));
  }
  return paths;
}

absl::Status FileDiscovery::Refresh() {
  absl::Status first_failure;
  std::map<std::string, KnownFile> now;
  {
    MutexLock lock(mutex_);
    now = known_;
  }
  std::set<std::string> present;
  for (const std::string& pattern : patterns_) {
    for (const std::string& path : Expand(pattern)) {
      const absl::StatusOr<FileInfo> info = files_.Stat(path);
      if (absl::IsNotFound(info.status())) continue;
      present.insert(path);
      const auto known = now.find(path);
      if (info.ok() && known != now.end() && known->second.info.modified == info->modified &&
          known->second.info.size == info->size)
        continue;
      absl::StatusOr<std::string> text = files_.ReadAll(path);
      absl::StatusOr<std::vector<TargetGroup>> groups =
          text.ok() ? ParseTargetGroups(*text, path) : absl::StatusOr<std::vector<TargetGroup>>(text.status());
      if (groups.ok() && info.ok()) {
        now[path] = {*info, *std::move(groups)};
      } else if (first_failure.ok()) {
        first_failure = groups.ok() ? info.status() : groups.status();
      }
    }
  }
  std::erase_if(now, [&](const auto& file) { return !present.contains(file.first); });
  MutexLock lock(mutex_);
  known_ = std::move(now);
  return first_failure;
}

std::vector<TargetGroup> FileDiscovery::Groups() const {
  MutexLock lock(mutex_);
  std::vector<TargetGroup> all;
  for (const auto& [path, file] : known_) all.insert(all.end(), file.groups.begin(), file.groups.end());
  return all;
}

std::vector<std::string> FileDiscovery::Targets() const {
  std::set<std::string> all;
  for (const TargetGroup& group : Groups()) all.insert(group.targets.begin(), group.targets.end());
  return {all.begin(), all.end()};
}

}  // namespace varve
