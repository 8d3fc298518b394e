#include "objstore/testing/faulty_bucket.h"

#include <random>

#include "base/errors.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "objstore/bucket_errors.h"

namespace varve {

FaultyBucket::FaultyBucket(std::unique_ptr<Bucket> inner, Clock& clock) : inner_(std::move(inner)), clock_(clock) {}

void FaultyBucket::Set(BucketFaults faults) {
  MutexLock lock(mutex_);
  faults_ = faults;
  operations_ = 0;
  calls_.clear();
}

int64_t FaultyBucket::operations() const {
  MutexLock lock(mutex_);
  return operations_;
}

void FaultyBucket::Freeze(std::string name_prefix) {
  MutexLock lock(mutex_);
  frozen_ = std::move(name_prefix);
}

absl::Status FaultyBucket::CheckThawed(std::string_view name) const {
  MutexLock lock(mutex_);
  return frozen_.empty() || !name.starts_with(frozen_) ? absl::OkStatus() : ArchivedObject(name, "GLACIER");
}

FaultyBucket::Fate FaultyBucket::Decide(const Context& ctx, std::string_view operation, std::string_view name) {
  Fate fate;
  std::chrono::milliseconds delay{0};
  {
    MutexLock lock(mutex_);
    const std::string key = fmt::format("{} {}", operation, name);
    std::mt19937_64 random(XxHash64(fmt::format("{} {} {}", faults_.seed, calls_[key]++, key)));
    const auto happens = [&random](double probability) { return std::uniform_real_distribution<>()(random) < probability; };
    const bool crashes = faults_.crash_at_operation >= 0 && operations_ >= faults_.crash_at_operation;
    if (crashes) {
      fate.status = Aborted("{} {}: the process crashed", operation, name);
      fate.happens_anyway = operations_ == faults_.crash_at_operation && happens(0.5);
    } else if (happens(faults_.fail)) {
      fate.status = Unavailable("{} {}: the bucket is out of order", operation, name);
      fate.happens_anyway = happens(0.5);
    }
    if (faults_.deny_deletes && operation == "delete") fate = {.status = absl::PermissionDeniedError("deletes are denied")};
    if (happens(faults_.delay)) delay = std::chrono::milliseconds(random() % (faults_.delay_max.count() + 1));
    fate.truncate = happens(faults_.truncate);
    fate.corrupt = happens(faults_.corrupt);
    fate.dice = random();
    ++operations_;
  }
  if (delay.count() > 0) fate.status.Update(clock_.Sleep(ctx, delay));
  return fate;
}

size_t FaultyBucket::Damage(const Fate& fate, std::span<std::byte> bytes) {
  if (fate.corrupt && !bytes.empty()) bytes[fate.dice % bytes.size()] ^= static_cast<std::byte>(1 << (fate.dice >> 61));
  return fate.truncate && !bytes.empty() ? fate.dice % bytes.size() : bytes.size();
}

absl::Status FaultyBucket::Iter(const Context& ctx, std::string_view directory, IterOptions options,
                                const std::function<absl::Status(const ObjectEntry&)>& visit) {
  const Fate fate = Decide(ctx, "iter", directory);
  VARVE_RETURN_IF_ERROR(fate.status);
  return inner_->Iter(ctx, directory, options, visit);
}

absl::StatusOr<size_t> FaultyBucket::ReadAt(const Context& ctx, std::string_view name, uint64_t offset,
                                            std::span<std::byte> out) {
  const Fate fate = Decide(ctx, "get_range", name);
  VARVE_RETURN_IF_ERROR(fate.status);
  VARVE_RETURN_IF_ERROR(CheckThawed(name));
  VARVE_ASSIGN_OR_RETURN(const size_t got, inner_->ReadAt(ctx, name, offset, out));
  return Damage(fate, out.first(got));
}

absl::StatusOr<std::string> FaultyBucket::ReadAll(const Context& ctx, std::string_view name) {
  const Fate fate = Decide(ctx, "get", name);
  VARVE_RETURN_IF_ERROR(fate.status);
  VARVE_RETURN_IF_ERROR(CheckThawed(name));
  VARVE_ASSIGN_OR_RETURN(std::string content, inner_->ReadAll(ctx, name));
  content.resize(Damage(fate, std::as_writable_bytes(std::span(content))));
  return content;
}

absl::StatusOr<ObjectAttributes> FaultyBucket::Attributes(const Context& ctx, std::string_view name) {
  const Fate fate = Decide(ctx, "attributes", name);
  VARVE_RETURN_IF_ERROR(fate.status);
  return inner_->Attributes(ctx, name);
}

absl::StatusOr<bool> FaultyBucket::Exists(const Context& ctx, std::string_view name) {
  const Fate fate = Decide(ctx, "exists", name);
  VARVE_RETURN_IF_ERROR(fate.status);
  return inner_->Exists(ctx, name);
}

template <typename Write>
absl::Status FaultyBucket::DoWrite(const Context& ctx, std::string_view operation, std::string_view name, Write write) {
  const Fate fate = Decide(ctx, operation, name);
  if (fate.status.ok()) return write();
  if (fate.happens_anyway) write().IgnoreError();
  return fate.status;
}

absl::Status FaultyBucket::Upload(const Context& ctx, std::string_view name, Bytes content) {
  return DoWrite(ctx, "upload", name, [&] { return inner_->Upload(ctx, name, content); });
}

absl::Status FaultyBucket::UploadFile(const Context& ctx, std::string_view name, const std::string& path) {
  return DoWrite(ctx, "upload", name, [&] { return inner_->UploadFile(ctx, name, path); });
}

absl::Status FaultyBucket::UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) {
  return DoWrite(ctx, "upload", name, [&] { return inner_->UploadIfAbsent(ctx, name, content); });
}

absl::Status FaultyBucket::Delete(const Context& ctx, std::string_view name) {
  return DoWrite(ctx, "delete", name, [&] { return inner_->Delete(ctx, name); });
}

}  // namespace varve
