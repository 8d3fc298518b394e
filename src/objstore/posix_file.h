// The few system calls the FILESYSTEM bucket needs, with Status for errno and with every step made durable. For that bucket only:
// others have runtime/files.h.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace varve::posix {

// "<doing> <path>: <what errno says>". A path through a plain file is NotFound, as an object under an object would be.
absl::Status ErrnoStatus(int error, std::string_view doing, const std::string& path);

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

absl::Status WriteWhole(const FileDescriptor& file, Bytes content, const std::string& path);
// Copies a whole file, inside the kernel where the file systems allow it (and sharing blocks where they can).
absl::Status CopyWhole(const FileDescriptor& from, const FileDescriptor& to, const std::string& path);

absl::Status SyncFile(const FileDescriptor& file, const std::string& path);
absl::Status SyncDirectory(const std::string& path);
// Makes `path` and what is missing above it; a directory that was made is still there after a crash.
absl::Status MakeDirectoriesDurably(const std::string& path);

}  // namespace varve::posix
