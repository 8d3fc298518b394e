// The sizes of objects that were asked for lately, so that a read which ends early can be told from a read at the end of an object
// without asking each time.
//
// Threads  share freely.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"

namespace varve {

class ObjectSizes {
 public:
  explicit ObjectSizes(size_t objects_max = 4'096) : objects_max_(objects_max) {}

  std::optional<uint64_t> Find(std::string_view name) const {
    MutexLock lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return std::nullopt;
    return found->second->second;
  }
  void Put(std::string_view name, uint64_t size) {
    MutexLock lock(mutex_);
    Remove(name);
    if (by_name_.size() >= objects_max_) Remove(std::string(entries_.front().first));
    entries_.emplace_back(name, size);
    by_name_.emplace(entries_.back().first, std::prev(entries_.end()));
  }
  void Forget(std::string_view name) {
    MutexLock lock(mutex_);
    Remove(name);
  }

 private:
  using Entries = std::list<std::pair<const std::string, uint64_t>>;  // oldest first
  void Remove(std::string_view name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    const Entries::iterator entry = found->second;
    by_name_.erase(found);
    entries_.erase(entry);
  }

  const size_t objects_max_;
  mutable Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string_view, Entries::iterator> by_name_ ABSL_GUARDED_BY(mutex_);  // names are those of the entries
};

}  // namespace varve
