#include "objstore/bucket.h"

#include "base/errors.h"

namespace varve {

absl::StatusOr<std::shared_ptr<const MappedFile>> Bucket::Map(const Context&, std::string_view) { return nullptr; }

absl::StatusOr<bool> Bucket::Exists(const Context& ctx, std::string_view name) {
  const absl::Status found = Attributes(ctx, name).status();
  if (found.ok()) return true;
  if (absl::IsNotFound(found)) return false;
  return found;
}

absl::Status Bucket::UploadIfAbsent(const Context&, std::string_view name, Bytes) {
  return Unimplemented("upload {} if it is absent: buckets of type {} cannot do that", name, provider());
}

absl::Status Bucket::DeleteAll(const Context& ctx, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (const absl::Status status = Delete(ctx, name); !status.ok() && !absl::IsNotFound(status)) return status;
  }
  return absl::OkStatus();
}

}  // namespace varve
