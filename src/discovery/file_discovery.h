// Prometheus' file_sd: files of target groups, read again when they change.
//
//   - targets: ["10.0.0.7:10901", "dns+store:10901"]     a YAML or JSON list of groups; the file's name tells which (.json, .yml,
//   .yaml)
//     labels: {zone: a}
//
// Shape    a file that cannot be read or parsed keeps the groups it had; one that is gone has none. Patterns may hold * in the
// last
//          part of the path.
// Errors   InvalidArgument naming the file.
// Threads  Refresh from one thread at a time, Groups from many.
// Source   prometheus discovery/file; thanos pkg/discovery/cache.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "runtime/files.h"

namespace varve {

struct TargetGroup {
  std::vector<std::string> targets;
  std::map<std::string, std::string> labels;
  std::string source;  // file:index
  friend bool operator==(const TargetGroup&, const TargetGroup&) = default;
};

// `name` tells the format, and stands in errors.
absl::StatusOr<std::vector<TargetGroup>> ParseTargetGroups(std::string_view text, const std::string& name);

class FileDiscovery {
 public:
  FileDiscovery(Files& files, std::vector<std::string> patterns);  // `files` outlives this

  // Reads what is new or has changed since. OK, or the first file that had to be skipped.
  absl::Status Refresh();
  std::vector<TargetGroup> Groups() const;   // by file
  std::vector<std::string> Targets() const;  // of all groups; sorted, each once

 private:
  struct KnownFile {
    FileInfo info;
    std::vector<TargetGroup> groups;
  };
  std::vector<std::string> Expand(const std::string& pattern) const;

  Files& files_;
  const std::vector<std::string> patterns_;
  mutable Mutex mutex_;
  std::map<std::string, KnownFile> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
