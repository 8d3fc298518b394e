#include "objstore/adaptive_bucket.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/adaptive/object_sizes.h"
#include "objstore/adaptive/request_runner.h"
#include "objstore/raw_chunks_mark.h"

namespace varve {
namespace {

constexpr uint64_t kEntriesPerPage = 1'000;      // of S3 and GCS
constexpr uint64_t kUploadPartBytes = 64 << 20;  // Thanos' part_size

class AdaptiveBucket : public Bucket, public RawChunksUploader {
 public:
  AdaptiveBucket(std::unique_ptr<Bucket> inner, const BucketTuning& tuning, MetricsRegistry& registry, const Logger& log,
                 Clock& clock, uint64_t seed)
      : inner_(std::move(inner)),
        runner_(tuning, registry, std::string(inner_->name()), clock, seed, log),
        hedger_(tuning.hedge ? std::make_unique<Hedger>(tuning.hedging) : nullptr) {}

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override;
  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override;
  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const Context& ctx, std::string_view name) override;
  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override;
  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override;
  absl::StatusOr<bool> Exists(const Context& ctx, std::string_view name) override;
  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override;
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override;
  absl::Status UploadRawChunks(const Context& ctx, std::string_view name, const std::string& path) override;
  absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) override;
  absl::Status Delete(const Context& ctx, std::string_view name) override;
  absl::Status DeleteAll(const Context& ctx, const std::vector<std::string>& names) override;
  bool tells_sizes() const override { return true; }  // CheckEnd
  std::string_view name() const override { return inner_->name(); }
  std::string_view provider() const override { return inner_->provider(); }

 private:
  // `own` on this thread, or what `backup` brought when that was faster.
  absl::StatusOr<std::optional<std::string>> Hedged(const Context& ctx, uint64_t bytes, const Hedger::Try& own,
                                                    const Hedger::Backup& backup);
  absl::Status UploadAny(const Context& ctx, std::string_view name, const std::string& path,
                         const RequestRunner::Attempt& upload);
  // OK if the object really ends at `end`.
  absl::Status CheckEnd(const Context& ctx, std::string_view name, uint64_t end);

  const std::unique_ptr<Bucket> inner_;
  RequestRunner runner_;
  ObjectSizes sizes_;
  const std::unique_ptr<Hedger> hedger_;  // gone first; null: reads are not hedged
};

// A listing that broke off goes on after the last name it gave.
absl::Status AdaptiveBucket::Iter(const Context& ctx, std::string_view directory, IterOptions options,
                                  const std::function<absl::Status(const ObjectEntry&)>& visit) {
  absl::Status ended_by_visitor;
  uint64_t visited = 0;
  const auto attempt = [&](const Context& attempt_ctx) {
    uint64_t listed = 0;
    const IterOptions from_here = options;
    const absl::Status status = inner_->Iter(attempt_ctx, directory, from_here, [&](const ObjectEntry& entry) -> absl::Status {
      if (++listed % kEntriesPerPage == 0) VARVE_RETURN_IF_ERROR(runner_.Admit(attempt_ctx, BucketRequest::kList));
      if (!options.start_after.empty() && entry.name <= options.start_after) return absl::OkStatus();
      ++visited;
      options.start_after = entry.name;
      return ended_by_visitor = visit(entry);
    });
    return ended_by_visitor.ok() ? status : absl::OkStatus();
  };
  const BucketCall call = {.kind = BucketRequest::kList, .operation = "list", .name = directory, .visits = true};
  VARVE_RETURN_IF_ERROR(runner_.Run(ctx, call, attempt, &visited));
  return ended_by_visitor;
}

absl::StatusOr<std::optional<std::string>> AdaptiveBucket::Hedged(const Context& ctx, uint64_t bytes, const Hedger::Try& own,
                                                                  const Hedger::Backup& backup) {
  const auto delay = hedger_ == nullptr ? std::nullopt : runner_.HedgeDelay(bytes);
  if (!delay.has_value()) {
    VARVE_RETURN_IF_ERROR(own(ctx));
    return std::nullopt;
  }
  Hedger::Outcome outcome = hedger_->Run(ctx, *delay, own, backup, [this] { return runner_.AdmitHedge(); });
  for (int i = 0; i < outcome.backups && ctx.usage() != nullptr; ++i) {
    ctx.usage()->AddHedge();
    ctx.usage()->AddRequest(BucketRequest::kGet, runner_.PriceOf(BucketRequest::kGet));
  }
  if (outcome.backup.has_value()) runner_.metrics().hedges_won.Increment();
  VARVE_RETURN_IF_ERROR(outcome.status);
  return std::move(outcome.backup);
}

absl::StatusOr<size_t> AdaptiveBucket::ReadAt(const Context& ctx, std::string_view name, uint64_t offset,
                                              std::span<std::byte> out) {
  size_t got = 0;
  const Hedger::Try own = [&](const Context& own_ctx) {
    const absl::StatusOr<size_t> read = inner_->ReadAt(own_ctx, name, offset, out);
    got = read.value_or(0);
    return read.status();
  };
  const Hedger::Backup backup = [this, owned_name = std::string(name), offset,
                                 size = out.size()](const Context& backup_ctx) -> absl::StatusOr<std::string> {
    std::string content(size, '\0');
    VARVE_ASSIGN_OR_RETURN(const size_t read,
                           inner_->ReadAt(backup_ctx, owned_name, offset, std::as_writable_bytes(std::span(content))));
    content.resize(read);
    return content;
  };
  const auto attempt = [&](const Context& attempt_ctx) -> absl::Status {
    VARVE_ASSIGN_OR_RETURN(const std::optional<std::string> other, Hedged(attempt_ctx, out.size(), own, backup));
    if (other.has_value()) {
      got = other->size();
      std::copy_n(AsBytes(*other).begin(), got, out.begin());
    }
    runner_.CountRead(attempt_ctx, got);
    return got == out.size() ? absl::OkStatus() : CheckEnd(attempt_ctx, name, offset + got);
  };
  const BucketCall call = {.kind = BucketRequest::kGet, .operation = "read", .name = name, .bytes = out.size()};
  VARVE_RETURN_IF_ERROR(runner_.Run(ctx, call, attempt));
  return got;
}

absl::Status AdaptiveBucket::CheckEnd(const Context& ctx, std::string_view name, uint64_t end) {
  if (inner_->tells_sizes()) return absl::OkStatus();
  const std::optional<uint64_t> known = sizes_.Find(name);
  if (known.has_value() && end >= *known) return absl::OkStatus();
  VARVE_RETURN_IF_ERROR(runner_.Admit(ctx, BucketRequest::kHead));
  VARVE_ASSIGN_OR_RETURN(const ObjectAttributes attributes, inner_->Attributes(ctx, name));
  sizes_.Put(name, attributes.size);
  if (end >= attributes.size) return absl::OkStatus();
  runner_.metrics().short_reads.Increment();
  return Unavailable("the answer ended at byte {}, but the object has {}", end, attributes.size);
}

absl::StatusOr<std::string> AdaptiveBucket::ReadAll(const Context& ctx, std::string_view name) {
  std::string content;
  const Hedger::Try own = [&](const Context& own_ctx) {
    absl::StatusOr<std::string> read = inner_->ReadAll(own_ctx, name);
    if (read.ok()) content = *std::move(read);
    return read.status();
  };
  const Hedger::Backup backup = [this, owned_name = std::string(name)](const Context& backup_ctx) {
    return inner_->ReadAll(backup_ctx, owned_name);
  };
  const auto attempt = [&](const Context& attempt_ctx) -> absl::Status {
    VARVE_ASSIGN_OR_RETURN(std::optional<std::string> other, Hedged(attempt_ctx, 0, own, backup));
    if (other.has_value()) content = *std::move(other);
    runner_.CountRead(attempt_ctx, content.size());
    const std::optional<uint64_t> known = sizes_.Find(name);
    return !known.has_value() || content.size() >= *known ? absl::OkStatus() : CheckEnd(attempt_ctx, name, content.size());
  };
  VARVE_RETURN_IF_ERROR(runner_.Run(ctx, {.kind = BucketRequest::kGet, .operation = "read", .name = name}, attempt));
  return content;
}

// What is mapped lies on a local disk: nothing to wait for, but it counts.
absl::StatusOr<std::shared_ptr<const MappedFile>> AdaptiveBucket::Map(const Context& ctx, std::string_view name) {
  VARVE_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> mapped, inner_->Map(ctx, name));
  if (mapped != nullptr) runner_.Count(ctx, BucketRequest::kGet);
  return mapped;
}

absl::StatusOr<ObjectAttributes> AdaptiveBucket::Attributes(const Context& ctx, std::string_view name) {
  ObjectAttributes attributes;
  const auto attempt = [&](const Context& attempt_ctx) -> absl::Status {
    VARVE_ASSIGN_OR_RETURN(attributes, inner_->Attributes(attempt_ctx, name));
    return absl::OkStatus();
  };
  VARVE_RETURN_IF_ERROR(runner_.Run(ctx, {.kind = BucketRequest::kHead, .operation = "ask for", .name = name}, attempt));
  sizes_.Put(name, attributes.size);
  return attributes;
}

absl::StatusOr<bool> AdaptiveBucket::Exists(const Context& ctx, std::string_view name) {
  bool exists = false;
  const auto attempt = [&](const Context& attempt_ctx) -> absl::Status {
    VARVE_ASSIGN_OR_RETURN(exists, inner_->Exists(attempt_ctx, name));
    return absl::OkStatus();
  };
  VARVE_RETURN_IF_ERROR(runner_.Run(ctx, {.kind = BucketRequest::kHead, .operation = "ask for", .name = name}, attempt));
  return exists;
}

absl::Status AdaptiveBucket::Upload(const Context& ctx, std::string_view name, Bytes content) {
  const BucketCall call = {.kind = BucketRequest::kPut, .operation = "upload", .name = name, .bytes = content.size()};
  const absl::Status status = runner_.Run(ctx, call, [&](const Context& attempt_ctx) {
    sizes_.Forget(name);  // whatever becomes of it
    return inner_->Upload(attempt_ctx, name, content);
  });
  if (status.ok()) runner_.CountWritten(ctx, content.size());
  return status;
}

absl::Status AdaptiveBucket::UploadAny(const Context& ctx, std::string_view name, const std::string& path,
                                       const RequestRunner::Attempt& upload) {
  std::error_code error;
  const auto file_size = std::filesystem::file_size(path, error);
  const uint64_t size = error ? 0 : file_size;
  const BucketCall call = {.kind = BucketRequest::kPut, .operation = "upload", .name = name, .bytes = size};
  const absl::Status status = runner_.Run(ctx, call, [&](const Context& attempt_ctx) {
    sizes_.Forget(name);
    return upload(attempt_ctx);
  });
  if (!status.ok()) return status;
  runner_.CountWritten(ctx, size);
  // In parts it takes a request for each, and two around them, of which one is counted.
  if (size > kUploadPartBytes) runner_.Count(ctx, BucketRequest::kPut, (size + kUploadPartBytes - 1) / kUploadPartBytes + 1);
  return status;
}

absl::Status AdaptiveBucket::UploadFile(const Context& ctx, std::string_view name, const std::string& path) {
  return UploadAny(ctx, name, path, [&](const Context& attempt_ctx) { return inner_->UploadFile(attempt_ctx, name, path); });
}

absl::Status AdaptiveBucket::UploadRawChunks(const Context& ctx, std::string_view name, const std::string& path) {
  return UploadAny(ctx, name, path,
                   [&](const Context& attempt_ctx) { return varve::UploadRawChunks(attempt_ctx, *inner_, name, path); });
}

// A try that broke off may have made the object, and then the next one finds it.
absl::Status AdaptiveBucket::UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) {
  bool tried = false;
  const BucketCall call = {.kind = BucketRequest::kPut, .operation = "upload", .name = name, .bytes = content.size()};
  const absl::Status status = runner_.Run(ctx, call, [&](const Context& attempt_ctx) -> absl::Status {
    sizes_.Forget(name);
    absl::Status uploaded = inner_->UploadIfAbsent(attempt_ctx, name, content);
    if (!std::exchange(tried, true) || !absl::IsAlreadyExists(uploaded)) return uploaded;
    VARVE_RETURN_IF_ERROR(runner_.Admit(attempt_ctx, BucketRequest::kGet));
    VARVE_ASSIGN_OR_RETURN(const std::string present, inner_->ReadAll(attempt_ctx, name));
    return present == AsText(content) ? absl::OkStatus() : uploaded;
  });
  if (status.ok()) runner_.CountWritten(ctx, content.size());
  return status;
}

absl::Status AdaptiveBucket::DeleteAll(const Context& ctx, const std::vector<std::string>& names) {
  if (names.empty()) return absl::OkStatus();
  const BucketCall call = {.kind = BucketRequest::kDelete, .operation = "delete many, first", .name = names.front()};
  return runner_.Run(ctx, call, [&](const Context& attempt_ctx) {
    for (const std::string& name : names) sizes_.Forget(name);
    return inner_->DeleteAll(attempt_ctx, names);
  });
}

absl::Status AdaptiveBucket::Delete(const Context& ctx, std::string_view name) {
  bool tried = false;
  return runner_.Run(ctx, {.kind = BucketRequest::kDelete, .operation = "delete", .name = name}, [&](const Context& attempt_ctx) {
    sizes_.Forget(name);
    const absl::Status status = inner_->Delete(attempt_ctx, name);
    if (std::exchange(tried, true) && absl::IsNotFound(status)) return absl::OkStatus();  // an earlier try did it
    return status;
  });
}

}  // namespace

std::unique_ptr<Bucket> NewAdaptiveBucket(std::unique_ptr<Bucket> inner, const BucketTuning& tuning, MetricsRegistry& registry,
                                          const Logger& log, Clock& clock, uint64_t seed) {
  return std::make_unique<AdaptiveBucket>(std::move(inner), tuning, registry, log, clock, seed);
}

}  // namespace varve
