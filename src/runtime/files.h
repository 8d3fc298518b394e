// Local files as a parameter: the real ones, or ones in memory that a test may break.
//
// Shape    paths are ordinary file paths. Reads that stay (index headers, blocks) are mapped; small ones are read whole.
// Errors   NotFound for an absent file, otherwise what errno says, with the path and the operation in the message.
// Threads  share freely; two writers of one path are the caller's business.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time_range.h"

namespace varve {

// A file's content, readable until the last owner lets go, even if the file is removed meanwhile.
class MappedFile {
 public:
  virtual ~MappedFile() = default;
  virtual Bytes bytes() const = 0;
  // Brings a part into memory, so that a disk that fails or a file cut short is an error here and not a signal where the bytes
  // are used. Costs next to nothing the second time. Parts beyond the end are fine.
  virtual absl::Status Load(uint64_t /*offset*/, uint64_t /*size*/) const { return absl::OkStatus(); }
};

struct FileInfo {
  uint64_t size = 0;
  TimestampMs modified = 0;
  bool is_directory = false;
};

class Files {
 public:
  virtual ~Files() = default;

  virtual absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const std::string& path) = 0;
  virtual absl::StatusOr<std::string> ReadAll(const std::string& path) = 0;
  // All or nothing, also across a crash: a temporary file beside it, fsync, rename, fsync of the directory.
  virtual absl::Status WriteAtomically(const std::string& path, Bytes content) = 0;
  virtual absl::StatusOr<FileInfo> Stat(const std::string& path) = 0;
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& directory) = 0;  // names, sorted
  virtual absl::Status MakeDirectories(const std::string& path) = 0;                        // fine if it exists
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status HardLink(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;      // a file or an empty directory
  virtual absl::Status RemoveTree(const std::string& path) = 0;  // fine if it is absent
};

Files& RealFiles();  // lives for ever
// Maps all of an open regular file; the descriptor may be closed afterwards. `path` is for messages.
absl::StatusOr<std::shared_ptr<const MappedFile>> MapDescriptor(int descriptor, const std::string& path);

bool FileExists(Files& files, const std::string& path);
std::string JoinPath(std::string_view directory, std::string_view name);

}  // namespace varve
