#include "objstore/upload_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "base/errors.h"
#include "base/mutex.h"

namespace varve {

UploadSource UploadSource::Part(uint64_t offset, uint64_t part_bytes) const {
  if (!file.has_value()) return {.bytes = bytes.subspan(offset, part_bytes), .file = std::nullopt};
  return {.bytes = {}, .file = FilePart{file->descriptor, file->offset + offset, part_bytes}};
}

absl::Status UploadSource::Visit(const std::function<void(Bytes)>& visit) const {
  if (!file.has_value()) {
    visit(bytes);
    return absl::OkStatus();
  }
  ByteBuffer buffer(std::min<uint64_t>(file->size, 1 << 20));
  for (uint64_t done = 0; done < file->size;) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(buffer.size(), file->size - done));
    const ssize_t got = ::pread(file->descriptor, buffer.data(), want, static_cast<off_t>(file->offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return FailedPrecondition("reading the file to upload: {}", got < 0 ? std::strerror(errno) : "it became shorter");
    visit(Bytes(buffer).first(static_cast<size_t>(got)));
    done += static_cast<uint64_t>(got);
  }
  return absl::OkStatus();
}

absl::StatusOr<LocalFile> LocalFile::Open(const std::string& path) {
  posix::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return posix::ErrnoStatus(errno, "open", path);
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return posix::ErrnoStatus(errno, "stat", path);
  if (!S_ISREG(info.st_mode)) return InvalidArgument("upload {}: not a plain file", path);
  return LocalFile(std::move(file), static_cast<uint64_t>(info.st_size));
}

absl::Status UploadParts(const Context& ctx, size_t count, size_t at_once,
                         const std::function<absl::Status(const Context& ctx, size_t number)>& upload) {
  CancelScope scope(ctx);
  std::atomic<size_t> next = 0;
  Mutex mutex;
  absl::Status failure;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      const absl::Status status = upload(scope.context(), i);
      if (status.ok()) continue;
      MutexLock lock(mutex);
      if (failure.ok()) failure = status;
      scope.Cancel();
      return;
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < std::min(at_once, count); ++i) helpers.emplace_back(work);
    work();
  }
  return failure;
}

}  // namespace varve
