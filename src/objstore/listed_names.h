// One page of a provider's listing on its way to a visitor: in name order, without names that are none of ours.
//
// Shape    names like "../x" and "a//b", which other people's tools may have made, are left out and logged once a bucket; so are
//          objects that end in a slash, with which consoles make folders.
// Threads  a ListedNames belongs to one call; the told-once flag is shared by the calls of a bucket.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "objstore/bucket.h"
#include "runtime/log.h"

namespace varve {

class ListedNames {
 public:
  ListedNames(std::string_view bucket, const Logger& logger, std::atomic<bool>& told)
      : bucket_(bucket), logger_(logger), told_(told) {}

  void AddObject(std::string name, ObjectAttributes attributes);
  void AddDirectory(std::string name);  // ends in a slash
  std::vector<ObjectEntry> TakeSorted();

 private:
  void TellSkipped(std::string_view name);

  const std::string_view bucket_;
  const Logger& logger_;
  std::atomic<bool>& told_;
  std::vector<ObjectEntry> entries_;
};

}  // namespace varve
