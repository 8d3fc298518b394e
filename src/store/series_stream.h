// The receiving end of a Series call: gRPC fills a bounded queue of frames, a reader takes them out. While the queue is full
// nothing is read from the connection, so a slow reader slows its sender down.
//
// Threads  Next, Cancel and the destructor belong to the reader. The destructor ends the call and waits until gRPC has let go of
//          it, so it must not run on a thread of gRPC's: the last owner of a channel that dies there takes the queue of callbacks
//          with it, which that thread still works on (gRPC 1.51).
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "runtime/context.h"

namespace varve {

class SeriesStream : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  static constexpr size_t kQueuedFramesMax = 32;
  static constexpr size_t kQueuedBytesMax = 8 << 20;

  // Sends the serialized request.
  static std::unique_ptr<SeriesStream> Open(const Context& ctx, std::shared_ptr<grpc::Channel> channel,
                                            const std::string& request, const std::string& tenant);
  ~SeriesStream() override;

  // Waits for the next frame; nothing at the end of an answer. DeadlineExceeded when no frame came within `idle_timeout` (0: any
  // time will do), Cancelled and DeadlineExceeded when the context ended, otherwise how the call failed.
  absl::StatusOr<std::optional<grpc::ByteBuffer>> Next(const Context& ctx, std::chrono::milliseconds idle_timeout);

  // Ends the call; nothing is read any more.
  void Cancel();

  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  explicit SeriesStream(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)), stub_(channel_) {}
  void ReadMoreLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LetGoLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::ClientContext call_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer incoming_;  // gRPC's while reading_

  Mutex mutex_;
  CondVar changed_;
  std::deque<grpc::ByteBuffer> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = true;                     // reads may still be started outside of gRPC's callbacks
  std::optional<grpc::Status> outcome_ ABSL_GUARDED_BY(mutex_);  // once gRPC has let go
};

}  // namespace varve
