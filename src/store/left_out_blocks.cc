#include "store/left_out_blocks.h"

#include "objstore/bucket_errors.h"

namespace varve {
namespace {

constexpr int64_t kTellPauseMs = 60'000;

}  // namespace

std::string BlockNameInMessages(Ulid id) { return fmt::format("block {}", id); }

void LeftOutBlocks::Add(Ulid id, const absl::Status& status) {
  count_.Increment();
  if (IsArchivedObject(status)) return frozen_.Refused(id, status);
  if (IsToBeTold(id)) logger_.Warn("block left out of an answer", {{"block", id.ToString()}, {"err", status}});
}

bool LeftOutBlocks::IsToBeTold(Ulid id) {
  const TimestampMs now = clock_.NowMs();
  MutexLock lock(mutex_);
  std::erase_if(told_, [now](const auto& entry) { return now - entry.second >= kTellPauseMs; });
  return told_.size() < kToldMax && told_.emplace(id, now).second;
}

}  // namespace varve
