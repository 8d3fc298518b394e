#include "store/frozen_blocks.h"

#include "base/errors.h"
#include "blocks/block_names.h"

namespace varve {

FrozenBlocks::FrozenBlocks(Clock& clock, MetricsRegistry& registry, Logger logger)
    : clock_(clock),
      count_(NewGauge(registry, "varve_store_blocks_archived",
                      "Blocks that are left out because their objects lie in cold storage.")),
      logger_(std::move(logger)) {}

absl::Status FrozenBlocks::Check(Ulid id, bool needs_chunks) const {
  MutexLock lock(mutex_);
  const auto found = frozen_.find(id);
  if (found == frozen_.end() || !(found->second.index || needs_chunks)) return absl::OkStatus();
  const FrozenObject& object = found->second.object;
  if (clock_.NowMs() >= object.ask_again) return absl::OkStatus();
  return FailedPrecondition("{}", object.reason);
}

void FrozenBlocks::Refused(Ulid id, const absl::Status& status) {
  MutexLock lock(mutex_);
  const auto [entry, is_new] = frozen_.try_emplace(id);
  const TimestampMs now = clock_.NowMs();
  if (!is_new && now < entry->second.object.ask_again) return;  // asked at the same time as another
  entry->second.object.Refused(std::string(Message(status)), now);
  entry->second.index = Message(status).find(BlockObjectName(id, kIndexFileName)) != std::string_view::npos;
  count_.Set(static_cast<double>(frozen_.size()));
  if (is_new) logger_.Warn("block is archived; it is left out until it can be read", {{"block", id.ToString()}, {"err", status}});
}

void FrozenBlocks::Answered(Ulid id) {
  MutexLock lock(mutex_);
  if (frozen_.erase(id) == 0) return;
  count_.Set(static_cast<double>(frozen_.size()));
  logger_.Info("block can be read again", {{"block", id.ToString()}});
}

std::map<Ulid, FrozenObject> FrozenBlocks::all() const {
  MutexLock lock(mutex_);
  std::map<Ulid, FrozenObject> all;
  for (const auto& [id, entry] : frozen_) all.emplace(id, entry.object);
  return all;
}

}  // namespace varve
