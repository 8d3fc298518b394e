// What is to be uploaded: bytes in memory or a file on disk, whole or a part at a time.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "objstore/http/transport.h"
#include "objstore/posix_file.h"
#include "runtime/context.h"

namespace varve {

// Borrowed: the bytes or the descriptor outlive it.
struct UploadSource {
  Bytes bytes;
  std::optional<FilePart> file;  // instead of bytes

  uint64_t size() const { return file.has_value() ? file->size : bytes.size(); }
  UploadSource Part(uint64_t offset, uint64_t part_bytes) const;
  // Hands over all of it, a piece at a time; of a file that became shorter FailedPrecondition.
  absl::Status Visit(const std::function<void(Bytes)>& visit) const;
};

// A file open for reading, and how long it was then.
class LocalFile {
 public:
  // NotFound if it is absent, InvalidArgument if it is no plain file.
  static absl::StatusOr<LocalFile> Open(const std::string& path);
  UploadSource source() const { return {.bytes = {}, .file = FilePart{file_.get(), 0, size_}}; }

 private:
  LocalFile(posix::FileDescriptor file, uint64_t size) : file_(std::move(file)), size_(size) {}
  posix::FileDescriptor file_;
  uint64_t size_;
};

// Runs `upload` for the numbers below `count`, `at_once` of them at a time. The first error cancels the others and is answered.
absl::Status UploadParts(const Context& ctx, size_t count, size_t at_once,
                         const std::function<absl::Status(const Context& ctx, size_t number)>& upload);

}  // namespace varve
