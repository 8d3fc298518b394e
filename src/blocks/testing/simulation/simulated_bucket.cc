#include "blocks/testing/simulation/simulated_bucket.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {

absl::Status SimulatedBucket::Turn() {
  if (crashed_) return Aborted("the process is dead");
  baton_.Yield(actor_);
  ++operations_;
  clock_.Advance(faults_.step);
  if (baton_.Happens(faults_.crash)) {
    crashed_ = true;
    return Aborted("the process dies");
  }
  if (baton_.Happens(faults_.fail)) return Unavailable("the bucket is out of order");
  return absl::OkStatus();
}

template <typename Write>
absl::Status SimulatedBucket::DoWrite(Write write) {
  const bool was_dead = crashed_;
  const absl::Status turn = Turn();
  if (turn.ok()) return write();
  if (!was_dead && baton_.Happens(0.5)) write().IgnoreError();  // it took place, and the answer was lost
  return turn;
}

void SimulatedBucket::Damage(std::span<std::byte> bytes) {
  if (!bytes.empty() && baton_.Happens(faults_.corrupt))
    bytes[baton_.Draw() % bytes.size()] ^= std::byte{1} << (baton_.Draw() % 8);
}

absl::Status SimulatedBucket::Iter(const Context& ctx, std::string_view directory, IterOptions options,
                                   const std::function<absl::Status(const ObjectEntry&)>& visit) {
  VARVE_RETURN_IF_ERROR(Turn());
  const std::pair key(std::string(directory), options.recursive);
  const auto before = listings_.find(key);
  if (before == listings_.end() || faults_.stale == 0 || !baton_.Happens(faults_.stale)) {
    VARVE_RETURN_IF_ERROR(List(ctx, directory, options, listings_[key]));
  }
  const std::vector<ObjectEntry> entries = listings_[key];  // visiting one may list others
  for (const ObjectEntry& entry : entries) VARVE_RETURN_IF_ERROR(visit(entry));
  return absl::OkStatus();
}

absl::Status SimulatedBucket::List(const Context& ctx, std::string_view directory, IterOptions options,
                                   std::vector<ObjectEntry>& entries) {
  entries.clear();
  return shared_.Iter(ctx, directory, options, [&entries](const ObjectEntry& entry) {
    entries.push_back(entry);
    return absl::OkStatus();
  });
}

absl::StatusOr<size_t> SimulatedBucket::ReadAt(const Context& ctx, std::string_view name, uint64_t offset,
                                               std::span<std::byte> out) {
  VARVE_RETURN_IF_ERROR(Turn());
  VARVE_ASSIGN_OR_RETURN(const size_t got, shared_.ReadAt(ctx, name, offset, out));
  Damage(out.first(got));
  return got;
}

absl::StatusOr<std::string> SimulatedBucket::ReadAll(const Context& ctx, std::string_view name) {
  VARVE_RETURN_IF_ERROR(Turn());
  return shared_.ReadAll(ctx, name);
}

absl::StatusOr<ObjectAttributes> SimulatedBucket::Attributes(const Context& ctx, std::string_view name) {
  VARVE_RETURN_IF_ERROR(Turn());
  return shared_.Attributes(ctx, name);
}

absl::StatusOr<bool> SimulatedBucket::Exists(const Context& ctx, std::string_view name) {
  VARVE_RETURN_IF_ERROR(Turn());
  return shared_.Exists(ctx, name);
}

absl::Status SimulatedBucket::Upload(const Context& ctx, std::string_view name, Bytes content) {
  return DoWrite([&] { return shared_.Upload(ctx, name, content); });
}

absl::Status SimulatedBucket::UploadFile(const Context& ctx, std::string_view name, const std::string& path) {
  return DoWrite([&] { return shared_.UploadFile(ctx, name, path); });
}

absl::Status SimulatedBucket::Delete(const Context& ctx, std::string_view name) {
  return DoWrite([&] { return shared_.Delete(ctx, name); });
}

}  // namespace varve
