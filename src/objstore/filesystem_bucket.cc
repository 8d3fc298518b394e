#include "objstore/filesystem_bucket.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/errors.h"
#include "base/status_macros.h"
#include "base/ulid.h"
#include "objstore/file_maps.h"
#include "objstore/object_name.h"
#include "objstore/posix_file.h"

namespace varve {
namespace {

namespace fs = std::filesystem;
using posix::CopyWhole;
using posix::ErrnoStatus;
using posix::FileDescriptor;
using posix::MakeDirectoriesDurably;
using posix::SyncDirectory;
using posix::SyncFile;
using posix::WriteWhole;

constexpr std::chrono::minutes kMapIdle{1};
constexpr std::string_view kUploadsDirectory = ".varve-uploads";

ObjectAttributes AttributesOf(const struct stat& info) {
  return {.size = static_cast<uint64_t>(info.st_size),
          .last_modified = static_cast<TimestampMs>(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000};
}

bool IsEmptyDirectory(const std::string& path) {
  std::error_code error;
  const bool empty = fs::is_empty(path, error);
  return error ? true : empty;  // gone meanwhile: as good as empty
}

class FilesystemBucket : public Bucket {
 public:
  explicit FilesystemBucket(std::string root)
      : root_(std::move(root)), uploads_(root_ + "/" + std::string(kUploadsDirectory)), name_("fs: " + root_) {
    RemoveAbandonedUploads();
  }

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    maps_.ReleaseIdle();
    VARVE_ASSIGN_OR_RETURN(const std::string prefix, DirectoryPrefix(directory));
    return IterUnder(ctx, prefix, options, visit);
  }

  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override {
    struct stat info;
    VARVE_ASSIGN_OR_RETURN(const FileDescriptor file, OpenObject(ctx, name, info));
    return ReadRange(file, offset, out, name);
  }

  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const Context& ctx, std::string_view name) override {
    maps_.ReleaseIdle();
    VARVE_ASSIGN_OR_RETURN(const std::string path, ObjectPath(ctx, name));
    return maps_.Get(path);
  }

  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    struct stat info;
    VARVE_ASSIGN_OR_RETURN(const FileDescriptor file, OpenObject(ctx, name, info));
    std::string content(static_cast<size_t>(info.st_size), '\0');
    VARVE_ASSIGN_OR_RETURN(const size_t got, ReadRange(file, 0, std::as_writable_bytes(std::span(content)), name));
    content.resize(got);
    return content;
  }

  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    VARVE_ASSIGN_OR_RETURN(const std::string path, ObjectPath(ctx, name));
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, "stat", path);
    if (!S_ISREG(info.st_mode)) return NotFound("stat {}: a directory, not an object", path);
    return AttributesOf(info);
  }

  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override {
    return Place(ctx, name, [&](const FileDescriptor& to, const std::string& path) { return WriteWhole(to, content, path); });
  }

  absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) override {
    return Place(
        ctx, name, [&](const FileDescriptor& to, const std::string& path) { return WriteWhole(to, content, path); }, PlaceNew);
  }

  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override {
    const FileDescriptor from(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from.ok()) return ErrnoStatus(errno, "open", path);
    return Place(ctx, name, [&](const FileDescriptor& to, const std::string&) { return CopyWhole(from, to, path); });
  }

  absl::Status Delete(const Context& ctx, std::string_view name) override {
    VARVE_ASSIGN_OR_RETURN(std::string path, ObjectPath(ctx, name));
    maps_.Forget(path);
    if (::unlink(path.c_str()) != 0) {
      const int error = errno == EISDIR ? ENOENT : errno;
      return ErrnoStatus(error, "delete", path);
    }
    while (true) {
      path.resize(path.rfind('/'));
      if (path.size() <= root_.size() || ::rmdir(path.c_str()) != 0) break;
    }
    const absl::Status synced = SyncDirectory(path);
    return absl::IsNotFound(synced) ? absl::OkStatus() : synced;  // another delete took the directory along
  }

  std::string_view name() const override { return name_; }
  std::string_view provider() const override { return "FILESYSTEM"; }

 private:
  absl::StatusOr<std::string> ObjectPath(const Context& ctx, std::string_view name) const {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    if (name.substr(0, name.find('/')) == kUploadsDirectory) {
      return InvalidArgument("object name {:?} lies under {}, which is kept for uploads under way", name, kUploadsDirectory);
    }
    return fmt::format("{}/{}", root_, name);
  }

  absl::StatusOr<FileDescriptor> OpenObject(const Context& ctx, std::string_view name, struct stat& info) const {
    VARVE_ASSIGN_OR_RETURN(const std::string path, ObjectPath(ctx, name));
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.ok()) return ErrnoStatus(errno, "open", path);
    if (::fstat(file.get(), &info) != 0) return ErrnoStatus(errno, "stat", path);
    if (!S_ISREG(info.st_mode)) return NotFound("open {}: a directory, not an object", path);
    return file;
  }

  static absl::StatusOr<size_t> ReadRange(const FileDescriptor& file, uint64_t offset, std::span<std::byte> out,
                                          std::string_view name) {
    size_t filled = 0;
    while (filled < out.size()) {
      const ssize_t got = ::pread(file.get(), out.data() + filled, out.size() - filled, static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return ErrnoStatus(errno, "read", std::string(name));
      if (got == 0) break;
      filled += static_cast<size_t>(got);
    }
    return filled;
  }

  struct ListedEntry {
    std::string name;  // full, as it is visited
    bool is_directory;
  };

  // What lies directly under `prefix`, in the order of full names ("a.txt" before "a/").
  absl::StatusOr<std::vector<ListedEntry>> ListDirectory(const std::string& prefix) const {
    const std::string path = root_ + "/" + prefix;
    std::vector<ListedEntry> entries;
    std::error_code error;
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      std::string name = it->path().filename().string();
      if (prefix.empty() && name == kUploadsDirectory) continue;
      std::error_code entry_error;
      const bool is_directory = it->is_directory(entry_error);
      entries.push_back({.name = prefix + name + (is_directory ? "/" : ""), .is_directory = is_directory});
    }
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return std::vector<ListedEntry>();
    if (error) return ErrnoStatus(error.value(), "list", path);
    std::sort(entries.begin(), entries.end(), [](const ListedEntry& a, const ListedEntry& b) { return a.name < b.name; });
    return entries;
  }

  absl::Status IterUnder(const Context& ctx, const std::string& prefix, IterOptions options,
                         const std::function<absl::Status(const ObjectEntry&)>& visit) const {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_ASSIGN_OR_RETURN(const std::vector<ListedEntry> entries, ListDirectory(prefix));
    for (const ListedEntry& entry : entries) {
      const std::string path = root_ + "/" + entry.name;
      if (entry.is_directory && options.recursive) {
        VARVE_RETURN_IF_ERROR(IterUnder(ctx, entry.name, options, visit));
      } else if (entry.is_directory) {
        if (!IsEmptyDirectory(path)) VARVE_RETURN_IF_ERROR(visit({.name = entry.name, .attributes = {}}));
      } else {
        struct stat info;
        if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;  // deleted since it was listed, or no file
        VARVE_RETURN_IF_ERROR(visit({.name = entry.name, .attributes = AttributesOf(info)}));
      }
    }
    return absl::OkStatus();
  }

  using IntoPlace = int (*)(const char* temporary, const char* path);  // 0, or errno says why not

  static int Replace(const char* temporary, const char* path) { return ::rename(temporary, path); }
  static int PlaceNew(const char* temporary, const char* path) {  // unlike rename, link does not replace what is there
    const int result = ::link(temporary, path);
    if (result == 0) ::unlink(temporary);
    return result;
  }

  // Fills a file beside the objects by `write`, then brings it to `name`.
  template <typename Write>
  absl::Status Place(const Context& ctx, std::string_view name, Write write, IntoPlace into_place = Replace) {
    VARVE_ASSIGN_OR_RETURN(const std::string path, ObjectPath(ctx, name));
    VARVE_RETURN_IF_ERROR(MakeDirectoriesDurably(uploads_));
    const std::string temporary = uploads_ + "/" + Ulid::New().ToString();
    absl::Status status;
    {
      const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      if (!file.ok()) return ErrnoStatus(errno, "create", temporary);
      status = write(file, temporary);
      if (status.ok()) status = SyncFile(file, temporary);
    }
    if (status.ok()) status = MoveIntoPlace(temporary, path, into_place);
    if (!status.ok()) ::unlink(temporary.c_str());
    return Annotate(status, "upload {}", name);
  }

  static absl::Status MoveIntoPlace(const std::string& temporary, const std::string& path, IntoPlace into_place) {
    constexpr int kAttempts = 10;  // a delete in the same directory may remove it between the two steps
    const std::string parent = path.substr(0, path.rfind('/'));
    for (int attempt = 1;; ++attempt) {
      VARVE_RETURN_IF_ERROR(MakeDirectoriesDurably(parent));
      if (into_place(temporary.c_str(), path.c_str()) == 0) break;
      if (errno == EEXIST) return AlreadyExists("{} is there already", path);
      if (errno == ENOTDIR || errno == EISDIR) {
        return FailedPrecondition("{}: a folder cannot hold an object and a directory of the same name", path);
      }
      if (errno != ENOENT || attempt == kAttempts) return ErrnoStatus(errno, "rename to", path);
    }
    const absl::Status synced = SyncDirectory(parent);
    return absl::IsNotFound(synced) ? absl::OkStatus() : synced;  // deleted already
  }

  void RemoveAbandonedUploads() const {
    std::error_code error;
    for (fs::directory_iterator it(uploads_, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      const auto age = fs::file_time_type::clock::now() - it->last_write_time(ignored);
      if (!ignored && age > std::chrono::hours(24)) fs::remove(it->path(), ignored);
    }
  }

  const std::string root_;     // absolute, without a slash at its end
  const std::string uploads_;  // on the same file system, so that a rename suffices
  const std::string name_;
  FileMaps maps_{kMapIdle};
};

}  // namespace

absl::StatusOr<std::unique_ptr<Bucket>> NewFilesystemBucket(const std::string& directory) {
  if (directory.empty()) return InvalidArgument("missing directory for filesystem bucket");
  std::error_code error;
  const fs::path absolute = fs::absolute(directory, error);
  if (error) return ErrnoStatus(error.value(), "make absolute", directory);
  std::string root = absolute.lexically_normal().string();
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  return std::make_unique<FilesystemBucket>(std::move(root));
}

}  // namespace varve
