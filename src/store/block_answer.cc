#include "store/block_answer.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/bucket_errors.h"

namespace varve {

namespace {

constexpr uint64_t kSamplesPerChunk = 120;  // as Thanos counts them

}  // namespace

absl::Status QueryCost::Add(uint64_t series, uint64_t chunks) {
  const uint64_t all_series = series_ += series;
  const uint64_t all_chunks = chunks_ += chunks;
  if (limits_.series > 0 && all_series > limits_.series) return Exceeded("series", "series", limits_.series, all_series);
  const uint64_t chunks_max = (limits_.samples + kSamplesPerChunk - 1) / kSamplesPerChunk;
  if (limits_.samples > 0 && all_chunks > chunks_max) return Exceeded("chunks", "chunks", chunks_max, all_chunks);
  return CheckBytes();
}

absl::Status QueryCost::CheckBytes() {
  const uint64_t bytes = fetch_.bytes;
  return limits_.bytes > 0 && bytes > limits_.bytes ? Exceeded("bytes", "bytes", limits_.bytes, bytes) : absl::OkStatus();
}

absl::Status QueryCost::Exceeded(const char* what, const char* reason, uint64_t limit, uint64_t got) {
  if (!counted_.exchange(true)) dropped_.Add({{"reason", reason}}).Increment();
  return AsOwnLimit(ResourceExhausted("exceeded {} limit: limit {} violated (got {})", what, limit, got));
}

BlockAnswer::BlockAnswer(const Context& ctx, Ulid id, PartialResponse partial_response, std::shared_ptr<QueryCost> cost,
                         absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> set, LeftOutBlocks& left_out)
    : ctx_(ctx), id_(id), partial_response_(partial_response), cost_(std::move(cost)), left_out_(left_out) {
  if (set.ok()) {
    set_ = *std::move(set);
  } else {
    Fail(set.status());
  }
}

void BlockAnswer::Prime() {
  if (!ended_) primed_ = Advance();
}

bool BlockAnswer::Next() { return std::exchange(primed_, false) || Advance(); }

bool BlockAnswer::Advance() {
  if (ended_) return false;
  if (!set_->Next()) {
    ended_ = true;
    absl::Status limits = cost_->CheckBytes();
    if (chunks_seen_ && set_->status().ok()) left_out_.frozen().Answered(id_);
    Fail(set_->status().ok() ? limits : set_->status());
    return false;
  }
  if (absl::Status limits = cost_->Add(1, set_->At().chunks.size()); !limits.ok()) {
    Fail(limits);
    return false;
  }
  chunks_seen_ = chunks_seen_ || !set_->At().chunks.empty();
  return true;
}

void BlockAnswer::Fail(const absl::Status& status) {
  ended_ = true;
  if (status.ok()) return;
  // A memory budget that is full is the caller's, like the limits; other shortages (a throttling bucket) are the block's.
  const bool own_limit = IsOwnLimit(status) || (absl::IsResourceExhausted(status) && ctx_.memory() != nullptr);
  if (own_limit) {
    status_ = AsOwnLimit(status);
  } else if (!ctx_.Check().ok()) {
    status_ = ctx_.Check();
  } else if (partial_response_ == PartialResponse::kAbort) {
    if (IsArchivedObject(status)) left_out_.frozen().Refused(id_, status);
    status_ = Aborted("{}: {}", BlockNameInMessages(id_), Message(status));
  } else {
    left_out_.Add(id_, status);
    warning_ = fmt::format("{}: {}", BlockNameInMessages(id_), Message(status));
  }
}

std::vector<std::string> BlockAnswer::warnings() const {
  return warning_.empty() ? std::vector<std::string>() : std::vector<std::string>{warning_};
}

}  // namespace varve
