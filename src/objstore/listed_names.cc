#include "objstore/listed_names.h"

#include <algorithm>

#include "objstore/object_name.h"

namespace varve {

void ListedNames::AddObject(std::string name, ObjectAttributes attributes) {
  if (!CheckObjectName(name).ok()) return TellSkipped(name);
  entries_.push_back({.name = std::move(name), .attributes = attributes});
}

void ListedNames::AddDirectory(std::string name) {
  if (!name.ends_with('/') || !CheckObjectName(std::string_view(name).substr(0, name.size() - 1)).ok()) return TellSkipped(name);
  entries_.push_back({.name = std::move(name), .attributes = {}});
}

std::vector<ObjectEntry> ListedNames::TakeSorted() {
  std::sort(entries_.begin(), entries_.end(), [](const ObjectEntry& a, const ObjectEntry& b) { return a.name < b.name; });
  return std::move(entries_);
}

void ListedNames::TellSkipped(std::string_view name) {
  if (name.ends_with('/') || told_.exchange(true)) return;
  logger_.Warn("the bucket has objects whose names no bucket of ours takes; they are skipped (told once)",
               {{"bucket", bucket_}, {"name", name}});
}

}  // namespace varve
