// An object store: immutable objects under slash-separated names.
//
// Shape    an object appears whole or not at all. A "directory" is the part of a name up to a slash; it has no life of its own.
// Errors   NotFound for an absent object; Unavailable, DeadlineExceeded and ResourceExhausted (429) may pass when tried again;
//          PermissionDenied and InvalidArgument will not.
// Threads  every method may be called from many threads at once, and blocks.
// Source   thanos-io/objstore objstore.go (Iter: sorted, directories end in "/", names are full).
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time_range.h"
#include "runtime/context.h"
#include "runtime/files.h"

namespace varve {

struct ObjectAttributes {
  uint64_t size = 0;
  TimestampMs last_modified = 0;
};

struct ObjectEntry {
  std::string name;             // full; ends in "/" for a directory
  ObjectAttributes attributes;  // of objects only, and only when the provider lists them (recursive listing)
  bool is_directory() const { return name.ends_with('/'); }
};

struct IterOptions {
  bool recursive = false;
  // Names up to this one are not wanted. A hint: a provider for which leaving them out is not cheaper may show them all the same.
  std::string start_after;
};

class Bucket {
 public:
  virtual ~Bucket() = default;

  // Calls `visit` for what lies under `directory` ("" for the root), in name order; an error of visit ends the listing.
  virtual absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                            const std::function<absl::Status(const ObjectEntry&)>& visit) = 0;
  // Fills `out` from `offset`; a short count means the object ended.
  virtual absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) = 0;
  // The object as it lies on a local disk, for reading without copying; null where the provider has no such thing. What is used is
  // to be Load()ed first.
  virtual absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const Context& ctx, std::string_view name);
  virtual absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) = 0;
  virtual absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) = 0;
  virtual absl::StatusOr<bool> Exists(const Context& ctx, std::string_view name);
  // Makes or replaces an object.
  virtual absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) = 0;
  // The same from a local file, for objects too large to hold.
  virtual absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) = 0;
  // Makes an object, or answers AlreadyExists and leaves the one that is there, in one step whoever else tries: for locks and marks.
  // Unimplemented where the provider has no such thing. After a broken connection AlreadyExists may be one's own doing.
  virtual absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content);
  virtual absl::Status Delete(const Context& ctx, std::string_view name) = 0;  // NotFound if it is absent
  // Deletes many with as few requests as there can be. Those that are absent do not matter; after an error some may be left.
  virtual absl::Status DeleteAll(const Context& ctx, const std::vector<std::string>& names);

  // Bytes read there turned out to be damaged: caches forget what they hold of them, so that the next read asks the store.
  virtual void Distrust(const Context& /*ctx*/, std::string_view /*name*/, uint64_t /*offset*/, uint64_t /*size*/) {}

  // Whether each answer tells the size of its object, so that a short count of ReadAt cannot come of an answer that broke off.
  virtual bool tells_sizes() const { return false; }
  virtual std::string_view name() const = 0;      // of the bucket, for metrics
  virtual std::string_view provider() const = 0;  // FILESYSTEM, S3, ...
};

}  // namespace varve
