#include "objstore/prefixed_bucket.h"

#include "base/status_macros.h"
#include "objstore/object_name.h"
#include "objstore/raw_chunks_mark.h"

namespace varve {
namespace {

class PrefixedBucket : public Bucket, public RawChunksUploader {
 public:
  PrefixedBucket(std::unique_ptr<Bucket> inner, std::string prefix) : inner_(std::move(inner)), prefix_(std::move(prefix)) {}

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    if (!options.start_after.empty()) options.start_after.insert(0, prefix_);
    return inner_->Iter(ctx, prefix_ + std::string(directory), options, [&](const ObjectEntry& entry) {
      return visit({.name = entry.name.substr(prefix_.size()), .attributes = entry.attributes});
    });
  }
  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->ReadAt(ctx, prefix_ + std::string(name), offset, out);
  }
  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->Map(ctx, prefix_ + std::string(name));
  }
  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->ReadAll(ctx, prefix_ + std::string(name));
  }
  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->Attributes(ctx, prefix_ + std::string(name));
  }
  absl::StatusOr<bool> Exists(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->Exists(ctx, prefix_ + std::string(name));
  }
  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->Upload(ctx, prefix_ + std::string(name), content);
  }
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->UploadFile(ctx, prefix_ + std::string(name), path);
  }
  absl::Status UploadRawChunks(const Context& ctx, std::string_view name, const std::string& path) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return varve::UploadRawChunks(ctx, *inner_, prefix_ + std::string(name), path);
  }
  absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->UploadIfAbsent(ctx, prefix_ + std::string(name), content);
  }
  absl::Status DeleteAll(const Context& ctx, const std::vector<std::string>& names) override {
    std::vector<std::string> full;
    for (const std::string& name : names) {
      VARVE_RETURN_IF_ERROR(CheckObjectName(name));
      full.push_back(prefix_ + name);
    }
    return inner_->DeleteAll(ctx, full);
  }
  absl::Status Delete(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    return inner_->Delete(ctx, prefix_ + std::string(name));
  }
  bool tells_sizes() const override { return inner_->tells_sizes(); }
  std::string_view name() const override { return inner_->name(); }
  std::string_view provider() const override { return inner_->provider(); }

 private:
  const std::unique_ptr<Bucket> inner_;
  const std::string prefix_;  // ends in a slash
};

}  // namespace

std::unique_ptr<Bucket> NewPrefixedBucket(std::unique_ptr<Bucket> inner, std::string_view prefix) {
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty()) return inner;
  return std::make_unique<PrefixedBucket>(std::move(inner), std::string(prefix) + "/");
}

}  // namespace varve
