#include "runtime/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

absl::Status ErrnoStatus(int error, std::string_view doing, const std::string& path) {
  const auto code = error == ENOENT                     ? absl::StatusCode::kNotFound
                    : error == EEXIST                   ? absl::StatusCode::kAlreadyExists
                    : error == EACCES || error == EPERM ? absl::StatusCode::kPermissionDenied
                    : error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE || error == ENOMEM
                        ? absl::StatusCode::kResourceExhausted
                        : absl::StatusCode::kUnknown;
  return MakeStatus(code, fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

class RealMapping : public MappedFile {
 public:
  RealMapping(void* data, size_t size, std::string path)
      : data_(data), size_(size), path_(std::move(path)), loaded_(size / kPageBytes / 64 + 1) {}
  ~RealMapping() override {
    if (size_ > 0) ::munmap(data_, size_);
  }
  RealMapping(const RealMapping&) = delete;
  RealMapping& operator=(const RealMapping&) = delete;
  Bytes bytes() const override { return {static_cast<const std::byte*>(data_), size_}; }

  absl::Status Load(uint64_t offset, uint64_t size) const override {
    if (offset >= size_ || size == 0) return absl::OkStatus();
    const uint64_t first = offset / kPageBytes;
    const uint64_t last = (offset + std::min<uint64_t>(size, size_ - offset) - 1) / kPageBytes;
    if (AreLoaded(first, last)) return absl::OkStatus();
    const uint64_t begin = first * kPageBytes;  // as madvise wants it
    const uint64_t bytes = std::min<uint64_t>((last + 1) * kPageBytes, size_) - begin;
    while (::madvise(static_cast<std::byte*>(data_) + begin, bytes, MADV_POPULATE_READ) != 0) {
      if (errno == EINVAL) break;  // a kernel before 5.14: the pages come when they are touched
      if (errno != EINTR && errno != EAGAIN) {
        return DataLoss("read {} bytes at {} of {}: the disk does not give them, or the file was cut short ({})", bytes, begin,
                        path_, std::strerror(errno));
      }
    }
    for (uint64_t page = first; page <= last; ++page) {
      loaded_[page / 64].fetch_or(uint64_t{1} << page % 64, std::memory_order_relaxed);
    }
    return absl::OkStatus();
  }

 private:
  static constexpr uint64_t kPageBytes = 4096;

  bool AreLoaded(uint64_t first, uint64_t last) const {
    for (uint64_t page = first; page <= last; ++page) {
      if ((loaded_[page / 64].load(std::memory_order_relaxed) >> page % 64 & 1) == 0) return false;
    }
    return true;
  }

  void* const data_;
  const size_t size_;
  const std::string path_;
  mutable std::vector<std::atomic<uint64_t>> loaded_;  // one bit a page: Load has seen it
};

absl::Status SyncDirectory(const std::string& path) {
  const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok()) return ErrnoStatus(errno, "open directory", path);
  if (::fsync(directory.get()) != 0) return ErrnoStatus(errno, "sync directory", path);
  return absl::OkStatus();
}

class RealFileSystem : public Files {
 public:
  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const std::string& path) override {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.ok()) return ErrnoStatus(errno, "open", path);
    return MapDescriptor(file.get(), path);
  }

  absl::StatusOr<std::string> ReadAll(const std::string& path) override {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.ok()) return ErrnoStatus(errno, "open", path);
    std::string content;
    char buffer[64 << 10];
    while (true) {
      const ssize_t got = ::read(file.get(), buffer, sizeof(buffer));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return ErrnoStatus(errno, "read", path);
      if (got == 0) return content;
      content.append(buffer, static_cast<size_t>(got));
    }
  }

  absl::Status WriteAtomically(const std::string& path, Bytes content) override {
    const std::string temporary = path + ".tmp";
    {
      const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
      if (!file.ok()) return ErrnoStatus(errno, "create", temporary);
      while (!content.empty()) {
        const ssize_t put = ::write(file.get(), content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return ErrnoStatus(errno, "write", temporary);
        content = content.subspan(static_cast<size_t>(put));
      }
      if (::fsync(file.get()) != 0) return ErrnoStatus(errno, "sync", temporary);
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return ErrnoStatus(errno, "rename to", path);
    const std::string parent = std::filesystem::path(path).parent_path().string();
    return SyncDirectory(parent.empty() ? "." : parent);
  }

  absl::StatusOr<FileInfo> Stat(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, "stat", path);
    return FileInfo{.size = static_cast<uint64_t>(info.st_size),
                    .modified = static_cast<TimestampMs>(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000,
                    .is_directory = S_ISDIR(info.st_mode)};
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    if (error) return ErrnoStatus(error.value(), "list", directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::Status MakeDirectories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return error ? ErrnoStatus(error.value(), "make directory", path) : absl::OkStatus();
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus(errno, "rename", from + " to " + to);
  }

  absl::Status HardLink(const std::string& from, const std::string& to) override {
    return ::link(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus(errno, "link", from + " to " + to);
  }

  absl::Status Remove(const std::string& path) override {
    return ::remove(path.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus(errno, "remove", path);
  }

  absl::Status RemoveTree(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    return error ? ErrnoStatus(error.value(), "remove tree", path) : absl::OkStatus();
  }
};

}  // namespace

absl::StatusOr<std::shared_ptr<const MappedFile>> MapDescriptor(int descriptor, const std::string& path) {
  struct stat info;
  if (::fstat(descriptor, &info) != 0) return ErrnoStatus(errno, "stat", path);
  if (!S_ISREG(info.st_mode)) return InvalidArgument("map {}: not a regular file", path);
  const auto size = static_cast<size_t>(info.st_size);
  if (size == 0) return std::make_shared<RealMapping>(nullptr, 0, path);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (data == MAP_FAILED) return ErrnoStatus(errno, "map", path);
  return std::make_shared<RealMapping>(data, size, path);
}

Files& RealFiles() {
  static RealFileSystem& files = *new RealFileSystem;
  return files;
}

bool FileExists(Files& files, const std::string& path) { return files.Stat(path).ok(); }

std::string JoinPath(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  return fmt::format("{}{}{}", directory, directory.back() == '/' ? "" : "/", name);
}

}  // namespace varve
