#include "tsdb/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

absl::Status Failed(int error, std::string_view doing, const std::string& path) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return MakeStatus(full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnknown,
                    fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

}  // namespace

OutputFile::OutputFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) { buffer_.reserve(kBufferBytes); }

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(std::string path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return Failed(errno, "create", path);
  return std::unique_ptr<OutputFile>(new OutputFile(std::move(path), fd));
}

absl::Status OutputFile::WriteAt(uint64_t offset, Bytes bytes) {
  VARVE_RETURN_IF_ERROR(failure_);
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failure_ = Failed(errno, "write", path_);
    bytes = bytes.subspan(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
  return absl::OkStatus();
}

absl::Status OutputFile::Append(Bytes bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) VARVE_RETURN_IF_ERROR(Flush());
  if (bytes.size() > kBufferBytes) {
    VARVE_RETURN_IF_ERROR(WriteAt(flushed_bytes_, bytes));
    flushed_bytes_ += bytes.size();
    return absl::OkStatus();
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return absl::OkStatus();
}

absl::Status OutputFile::PadTo(size_t alignment) {
  const size_t padding = (alignment - size() % alignment) % alignment;
  return Append(ByteBuffer(padding));
}

absl::Status OutputFile::Overwrite(uint64_t offset, Bytes bytes) {
  VARVE_CHECK(offset + bytes.size() <= size());
  VARVE_RETURN_IF_ERROR(Flush());
  return WriteAt(offset, bytes);
}

absl::Status OutputFile::Flush() {
  VARVE_RETURN_IF_ERROR(WriteAt(flushed_bytes_, buffer_));
  flushed_bytes_ += buffer_.size();
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status OutputFile::SyncAndClose() {
  VARVE_RETURN_IF_ERROR(Flush());
  if (::fsync(fd_) != 0) return failure_ = Failed(errno, "sync", path_);
  return Close();
}

absl::Status OutputFile::Close() {
  VARVE_RETURN_IF_ERROR(Flush());
  if (::close(std::exchange(fd_, -1)) != 0) return failure_ = Failed(errno, "close", path_);
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed(errno, "open directory", path);
  const bool synced = ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  return synced ? absl::OkStatus() : Failed(error, "sync directory", path);
}

}  // namespace varve
