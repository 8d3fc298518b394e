// Mapped files that are kept for the next reader, as mapping and unmapping cost more than a small query.
//
// Shape    a file is looked at each time (one stat): if it is another one now, or was changed, it is mapped anew. What nobody asked
//          for in a while is let go, so that the space of files deleted by others comes back.
// Errors   as of MapDescriptor. Null when the process has no room for another mapping (vm.max_map_count): then read.
// Threads  share freely.
#pragma once

#include <absl/status/statusor.h>

#include <sys/stat.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "runtime/files.h"

namespace varve {

class FileMaps {
 public:
  explicit FileMaps(std::chrono::nanoseconds idle) : idle_(idle) {}

  absl::StatusOr<std::shared_ptr<const MappedFile>> Get(const std::string& path);
  void Forget(const std::string& path);
  void ReleaseIdle();
  size_t size() const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Identity {
    uint64_t device = 0, inode = 0, size = 0;
    int64_t modified_ns = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  static Identity IdentityOf(const struct stat& info);
  struct Entry {
    Identity identity;
    std::shared_ptr<const MappedFile> file;
    TimePoint last_used;
  };

  std::shared_ptr<const MappedFile> Find(const std::string& path, const Identity& identity, TimePoint now);

  const std::chrono::nanoseconds idle_;
  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
  TimePoint last_release_ ABSL_GUARDED_BY(mutex_) = std::chrono::steady_clock::now();
};

}  // namespace varve
