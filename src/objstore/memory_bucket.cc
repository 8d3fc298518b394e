#include "objstore/memory_bucket.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "objstore/object_name.h"
#include "runtime/files.h"

namespace varve {
namespace {

struct Object {
  std::shared_ptr<const std::string> content;
  TimestampMs modified = 0;
};

class MemoryBucket : public Bucket {
 public:
  explicit MemoryBucket(Clock& clock) : clock_(clock) {}

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_ASSIGN_OR_RETURN(const std::string prefix, DirectoryPrefix(directory));
    for (const ObjectEntry& entry : List(prefix, options.recursive)) {  // without the lock: visit may call us
      VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_RETURN_IF_ERROR(visit(entry));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override {
    VARVE_ASSIGN_OR_RETURN(const Object object, Find(ctx, name));
    const std::string_view content = *object.content;
    if (offset >= content.size()) return 0;
    const size_t count = std::min<size_t>(out.size(), content.size() - offset);
    if (count > 0) std::memcpy(out.data(), content.data() + offset, count);
    return count;
  }

  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    VARVE_ASSIGN_OR_RETURN(const Object object, Find(ctx, name));
    return *object.content;
  }

  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    VARVE_ASSIGN_OR_RETURN(const Object object, Find(ctx, name));
    return ObjectAttributes{.size = object.content->size(), .last_modified = object.modified};
  }

  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    Object object{.content = std::make_shared<const std::string>(AsText(content)), .modified = clock_.NowMs()};
    MutexLock lock(mutex_);
    objects_.insert_or_assign(std::string(name), std::move(object));
    return absl::OkStatus();
  }

  absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) override {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    Object object{.content = std::make_shared<const std::string>(AsText(content)), .modified = clock_.NowMs()};
    MutexLock lock(mutex_);
    const bool added = objects_.emplace(std::string(name), std::move(object)).second;
    return added ? absl::OkStatus() : AlreadyExists("upload {} into memory: it is there already", name);
  }

  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override {
    VARVE_ASSIGN_OR_RETURN(const std::string content, RealFiles().ReadAll(path));
    return Upload(ctx, name, AsBytes(content));
  }

  absl::Status Delete(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    MutexLock lock(mutex_);
    const auto found = objects_.find(name);
    if (found == objects_.end()) return NotFound("delete object {} from memory: no such object", name);
    objects_.erase(found);
    return absl::OkStatus();
  }

  std::string_view name() const override { return "inmem"; }
  std::string_view provider() const override { return "MEMORY"; }

 private:
  absl::StatusOr<Object> Find(const Context& ctx, std::string_view name) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    MutexLock lock(mutex_);
    const auto found = objects_.find(name);
    if (found == objects_.end()) return NotFound("read object {} from memory: no such object", name);
    return found->second;
  }

  std::vector<ObjectEntry> List(const std::string& prefix, bool recursive) {
    std::vector<ObjectEntry> entries;
    MutexLock lock(mutex_);
    for (auto it = objects_.lower_bound(prefix); it != objects_.end() && it->first.starts_with(prefix);) {
      const size_t slash = recursive ? std::string::npos : it->first.find('/', prefix.size());
      if (slash == std::string::npos) {
        entries.push_back(
            {.name = it->first, .attributes = {.size = it->second.content->size(), .last_modified = it->second.modified}});
        ++it;
        continue;
      }
      std::string subdirectory = it->first.substr(0, slash + 1);
      std::string behind = subdirectory;
      ++behind.back();  // the character after the slash: the first name that is not under it
      it = objects_.lower_bound(behind);
      entries.push_back({.name = std::move(subdirectory), .attributes = {}});
    }
    return entries;
  }

  Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Bucket> NewMemoryBucket(Clock& clock) { return std::make_unique<MemoryBucket>(clock); }

}  // namespace varve
