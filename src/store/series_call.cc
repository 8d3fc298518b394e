#include "store/series_call.h"

#include <proto/thanos/store.pb.h>

#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "net/grpc_status.h"
#include "store/grpc_unary.h"
#include "store/proto_convert.h"
#include "store/series_frames.h"
#include "store/series_hints.h"
#include "store/transcode.h"

namespace varve {
namespace {

absl::StatusOr<SeriesRequest> ParseRequest(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) return InvalidArgument("read the request of a Series call: no message");
  thanos::SeriesRequest proto;
  if (!proto.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return InvalidArgument("read the request of a Series call: not a thanos.SeriesRequest");
  }
  return FromProto(proto);
}

grpc::ByteBuffer ToGrpc(ByteBuffer frame) {
  auto* owned = new ByteBuffer(std::move(frame));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* bytes) { delete static_cast<ByteBuffer*>(bytes); }, owned);
  return grpc::ByteBuffer(&slice, 1);
}

// Builds the frames of one answer, on one thread at a time.
class FrameSource : public SeriesObserver {
 public:
  // The next frame, or nothing after the last.
  absl::StatusOr<std::optional<ByteBuffer>> Next(const Context& ctx, StoreApi& store, SeriesRequest& request) {
    if (set_ == nullptr) VARVE_RETURN_IF_ERROR(Open(ctx, store, request));
    while (!writer_->full() && !at_end_) {
      if (!set_->Next()) {
        VARVE_RETURN_IF_ERROR(End(request));
        break;
      }
      VARVE_RETURN_IF_ERROR(ctx.Check());
      VARVE_RETURN_IF_ERROR(MakeWireEncodable(set_->At()));
      writer_->Add(set_->At());
    }
    if (!writer_->empty()) return writer_->Take();
    if (next_trailer_ < trailers_.size()) return std::move(trailers_[next_trailer_++]);
    return std::nullopt;
  }
  void OnStats(const SeriesStats& stats) override {
    MutexLock lock(mutex_);
    hints_.push_back(HintsToWire(stats));
  }
  void Close() { set_ = nullptr; }

 private:
  absl::Status Open(const Context& ctx, StoreApi& store, SeriesRequest& request) {
    request.observer = this;
    writer_.emplace(request.batch_size);
    VARVE_ASSIGN_OR_RETURN(set_, store.Series(ctx, request));
    return absl::OkStatus();
  }

  absl::Status End(const SeriesRequest& request) {
    at_end_ = true;
    VARVE_RETURN_IF_ERROR(set_->status());
    for (const std::string& warning : set_->warnings()) {
      if (request.partial_response == PartialResponse::kAbort) return Aborted("{}", warning);
      trailers_.push_back(EncodeWarningFrame(warning));
    }
    MutexLock lock(mutex_);
    for (const std::string& hints : hints_) trailers_.push_back(EncodeHintsFrame(hints));
    return absl::OkStatus();
  }

  std::unique_ptr<ChunkSeriesSet> set_;
  std::optional<SeriesFrameWriter> writer_;
  bool at_end_ = false;
  std::vector<ByteBuffer> trailers_;  // warnings and hints, after the series
  size_t next_trailer_ = 0;
  Mutex mutex_;
  std::vector<std::string> hints_ ABSL_GUARDED_BY(mutex_);
};

// Two threads meet here, the executor's (Produce) and gRPC's (OnWriteDone); whoever of them comes last calls Finish, unlocked,
// since after that the call may be gone.
class SeriesCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  SeriesCall(const grpc::CallbackServerContext& call, StoreApi& store, Executor& executor)
      : ctx_(ServerContextOf(call, stop_.get_token())), tenant_(TenantOf(call)), store_(store), executor_(executor) {}

  void Start(const grpc::ByteBuffer& bytes) {
    absl::StatusOr<SeriesRequest> request = ParseRequest(bytes);
    if (!request.ok()) return Finish(ToGrpcStatus(request.status()));
    request_ = *std::move(request);
    request_.tenant = tenant_;
    executor_.Post([this] { Produce(); });
  }

  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

  void OnWriteDone(bool ok) override {
    bool resume = false;
    std::optional<absl::Status> finish;
    {
      MutexLock lock(mutex_);
      writing_ = false;
      if (!ok) {
        stop_.request_stop();
        ready_.reset();
        if (!outcome_.has_value()) outcome_ = Cancelled("the client of a Series call went away");
      }
      if (ready_.has_value()) {
        WriteReady();
        resume = producing_ = true;
      } else if (!producing_) {
        finish = outcome_;
      }
    }
    if (resume) executor_.Post([this] { Produce(); });
    if (!finish.has_value()) return;
    if (ok) return Finish(ToGrpcStatus(*finish));  // Produce came to the end
    executor_.Post([this, status = *finish] { CloseAndFinish(status); });
  }

 private:
  // Not on a thread of gRPC's: the set may end calls of its own and wait for them.
  void CloseAndFinish(const absl::Status& status) {
    frames_.Close();
    Finish(ToGrpcStatus(status));
  }

  // Makes frames until one is being written and another one waits for its turn.
  void Produce() {
    while (true) {
      absl::StatusOr<std::optional<ByteBuffer>> frame = frames_.Next(ctx_, store_, request_);
      const bool ended = !frame.ok() || !frame->has_value();
      if (ended) frames_.Close();
      std::optional<absl::Status> finish;
      {
        MutexLock lock(mutex_);
        if (ended && !outcome_.has_value()) outcome_ = frame.status();
        if (!outcome_.has_value()) {
          ready_ = ToGrpc(**std::move(frame));
          if (!writing_) {
            WriteReady();
            continue;
          }
        } else if (!writing_) {
          finish = outcome_;
        }
        producing_ = false;
      }
      if (finish.has_value()) CloseAndFinish(*finish);
      return;
    }
  }

  void WriteReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = true;
    current_ = *std::exchange(ready_, std::nullopt);
    StartWrite(&current_);
  }

  std::stop_source stop_;
  const Context ctx_;
  const std::string tenant_;
  StoreApi& store_;
  Executor& executor_;
  SeriesRequest request_;
  FrameSource frames_;        // of the thread that runs Produce
  grpc::ByteBuffer current_;  // gRPC's while writing_

  Mutex mutex_;
  bool producing_ ABSL_GUARDED_BY(mutex_) = true;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<grpc::ByteBuffer> ready_ ABSL_GUARDED_BY(mutex_);  // waits while another frame is written; Produce rests then
  std::optional<absl::Status> outcome_ ABSL_GUARDED_BY(mutex_);    // how the call will end
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartSeriesCall(const grpc::CallbackServerContext& call,
                                                            const grpc::ByteBuffer& request, StoreApi& store,
                                                            Executor& executor) {
  auto* reactor = new SeriesCall(call, store, executor);
  reactor->Start(request);
  return reactor;
}

}  // namespace varve
