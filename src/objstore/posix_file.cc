#include "objstore/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve::posix {
namespace {

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS: return absl::StatusCode::kPermissionDenied;
    case ENAMETOOLONG:
    case ELOOP:
    case EISDIR: return absl::StatusCode::kInvalidArgument;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE: return absl::StatusCode::kResourceExhausted;
    default: return absl::StatusCode::kUnknown;
  }
}

absl::Status CopyByHand(const FileDescriptor& from, const FileDescriptor& to, const std::string& path) {
  std::vector<std::byte> buffer(1 << 20);
  while (true) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "read", path);
    if (got == 0) return absl::OkStatus();
    VARVE_RETURN_IF_ERROR(WriteWhole(to, Bytes(buffer).first(static_cast<size_t>(got)), path));
  }
}

}  // namespace

absl::Status ErrnoStatus(int error, std::string_view doing, const std::string& path) {
  return MakeStatus(CodeOf(error), fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status WriteWhole(const FileDescriptor& file, Bytes content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t put = ::write(file.get(), content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return ErrnoStatus(errno, "write", path);
    content = content.subspan(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status CopyWhole(const FileDescriptor& from, const FileDescriptor& to, const std::string& path) {
  constexpr size_t kStep = 64 << 20;
  for (bool copied = false;; copied = true) {
    const ssize_t got = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, kStep, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 && copied) return absl::OkStatus();
    if (got == 0) break;  // an empty file, or one of those (as in /proc) that only read() can see into
    if (got < 0) {
      if (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) break;
      return ErrnoStatus(errno, "copy", path);
    }
  }
  return CopyByHand(from, to, path);  // goes on where the kernel stopped
}

absl::Status SyncFile(const FileDescriptor& file, const std::string& path) {
  return ::fsync(file.get()) == 0 ? absl::OkStatus() : ErrnoStatus(errno, "sync", path);
}

absl::Status SyncDirectory(const std::string& path) {
  const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok()) return ErrnoStatus(errno, "open directory", path);
  return SyncFile(directory, path);
}

absl::Status MakeDirectoriesDurably(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) != 0) {
    if (errno == EEXIST) return absl::OkStatus();
    if (errno != ENOENT) return ErrnoStatus(errno, "make directory", path);
    const std::string parent = std::filesystem::path(path).parent_path().string();
    if (parent.empty() || parent == path) return ErrnoStatus(ENOENT, "make directory", path);
    VARVE_RETURN_IF_ERROR(MakeDirectoriesDurably(parent));
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) return ErrnoStatus(errno, "make directory", path);
  }
  return SyncDirectory(std::filesystem::path(path).parent_path().string());
}

}  // namespace varve::posix
