// A local file written front to back, with a few bytes filled in afterwards.
//
// Shape    buffered; what is written can be read back (mapped) after Flush.
// Errors   what errno says, with the path. After a failure every call answers it again.
// Threads  one at a time.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace varve {

class OutputFile {
 public:
  // Makes the file, empty; one that is there is emptied.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::string& path() const { return path_; }
  uint64_t size() const { return flushed_bytes_ + buffer_.size(); }

  absl::Status Append(Bytes bytes);
  absl::Status PadTo(size_t alignment);                  // with zeros
  absl::Status Overwrite(uint64_t offset, Bytes bytes);  // of what was appended before
  absl::Status Flush();
  absl::Status SyncAndClose();  // on the disk when it returns; no calls after it
  absl::Status Close();         // the same, but the system writes to the disk when it likes

 private:
  OutputFile(std::string path, int fd);
  absl::Status WriteAt(uint64_t offset, Bytes bytes);

  std::string path_;
  int fd_;
  uint64_t flushed_bytes_ = 0;
  ByteBuffer buffer_;
  absl::Status failure_;
};

absl::Status SyncDirectory(const std::string& path);  // makes created and renamed entries last

}  // namespace varve
