#include "store/series_stream.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "store/grpc_call.h"

namespace varve {

std::unique_ptr<SeriesStream> SeriesStream::Open(const Context& ctx, std::shared_ptr<grpc::Channel> channel,
                                                 const std::string& request, const std::string& tenant) {
  std::unique_ptr<SeriesStream> stream(new SeriesStream(std::move(channel)));
  PrepareCall(ctx, std::chrono::milliseconds::zero(), tenant, stream->call_);
  const grpc::Slice slice(request);
  stream->request_ = grpc::ByteBuffer(&slice, 1);
  stream->stub_.PrepareBidiStreamingCall(&stream->call_, "/thanos.Store/Series", grpc::StubOptions(), stream.get());
  MutexLock lock(stream->mutex_);
  stream->AddHold();
  stream->StartWriteLast(&stream->request_, grpc::WriteOptions());
  stream->ReadMoreLocked();
  stream->StartCall();
  return stream;
}

SeriesStream::~SeriesStream() {
  Cancel();
  MutexLock lock(mutex_);
  changed_.wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return outcome_.has_value(); });
}

void SeriesStream::ReadMoreLocked() {
  if (reading_ || !held_ || queue_.size() >= kQueuedFramesMax || queued_bytes_ >= kQueuedBytesMax) return;
  reading_ = true;
  StartRead(&incoming_);
}

void SeriesStream::LetGoLocked() {
  if (!held_) return;
  held_ = false;
  RemoveHold();
}

void SeriesStream::OnReadDone(bool ok) {
  MutexLock lock(mutex_);
  reading_ = false;
  if (!ok || cancelled_) return LetGoLocked();
  queued_bytes_ += incoming_.Length();
  queue_.push_back(std::move(incoming_));
  incoming_ = grpc::ByteBuffer();
  ReadMoreLocked();
  changed_.notify_all();
}

void SeriesStream::OnDone(const grpc::Status& status) {
  MutexLock lock(mutex_);
  outcome_ = status;
  changed_.notify_all();  // with the lock held: whoever waits may destroy us as soon as it is free
}

absl::StatusOr<std::optional<grpc::ByteBuffer>> SeriesStream::Next(const Context& ctx, std::chrono::milliseconds idle_timeout) {
  using Clock = Context::Clock;
  const auto idle_until =
      idle_timeout > std::chrono::milliseconds::zero() ? Clock::now() + idle_timeout : Clock::time_point::max();
  const auto until = std::min(idle_until, ctx.deadline().value_or(Clock::time_point::max()));
  MutexLock lock(mutex_);
  const auto ready = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !queue_.empty() || outcome_.has_value(); };
  bool in_time = true;
  if (until == Clock::time_point::max()) {
    changed_.wait(lock, ctx.stop_token(), ready);
  } else {
    in_time = changed_.wait_until(lock, ctx.stop_token(), until, ready) || ctx.stopped();
  }
  VARVE_RETURN_IF_ERROR(ctx.Check());
  if (!in_time) return DeadlineExceeded("failed to receive any data in {} ms", idle_timeout.count());
  if (queue_.empty()) {
    VARVE_RETURN_IF_ERROR(RpcError(*outcome_));
    return std::nullopt;
  }
  grpc::ByteBuffer frame = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= frame.Length();
  ReadMoreLocked();
  return frame;
}

void SeriesStream::Cancel() {
  call_.TryCancel();
  MutexLock lock(mutex_);
  cancelled_ = true;
  if (!reading_) LetGoLocked();  // otherwise when the read under way comes back
}

}  // namespace varve
