#include "objstore/file_maps.h"

#include <fcntl.h>

#include <cerrno>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/posix_file.h"

namespace varve {

FileMaps::Identity FileMaps::IdentityOf(const struct stat& info) {
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .size = static_cast<uint64_t>(info.st_size),
          .modified_ns = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

absl::StatusOr<std::shared_ptr<const MappedFile>> FileMaps::Get(const std::string& path) {
  const TimePoint now = std::chrono::steady_clock::now();
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return posix::ErrnoStatus(errno, "open", path);
  if (auto known = Find(path, IdentityOf(info), now); known != nullptr) return known;
  const posix::FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.ok()) return posix::ErrnoStatus(errno, "open", path);
  if (::fstat(descriptor.get(), &info) != 0) return posix::ErrnoStatus(errno, "stat", path);
  if (!S_ISREG(info.st_mode)) return NotFound("open {}: a directory, not an object", path);
  absl::StatusOr<std::shared_ptr<const MappedFile>> file = MapDescriptor(descriptor.get(), path);
  if (absl::IsResourceExhausted(file.status())) return nullptr;
  VARVE_RETURN_IF_ERROR(file.status());
  MutexLock lock(mutex_);
  entries_.insert_or_assign(path, Entry{IdentityOf(info), *file, now});
  return file;
}

std::shared_ptr<const MappedFile> FileMaps::Find(const std::string& path, const Identity& identity, TimePoint now) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(path);
  if (found == entries_.end() || found->second.identity != identity) return nullptr;
  found->second.last_used = now;
  return found->second.file;
}

void FileMaps::Forget(const std::string& path) {
  MutexLock lock(mutex_);
  entries_.erase(path);
}

void FileMaps::ReleaseIdle() {
  const TimePoint now = std::chrono::steady_clock::now();
  MutexLock lock(mutex_);
  if (now - last_release_ < idle_) return;
  last_release_ = now;
  std::erase_if(entries_, [&](const auto& entry) { return now - entry.second.last_used >= idle_; });
}

size_t FileMaps::size() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

}  // namespace varve
