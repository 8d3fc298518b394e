// One cache server: its kept connections, and whether it is worth asking.
//
// Shape    a connection that was kept and turns out to be dead is replaced once without counting as a failure. After a few failures in
//          a row the server rests: for that time it is not asked at all, so a dead one costs a timeout now and then and not with
//          every query. Then one caller tries it.
// Errors   those of the protocol and the connection; Unavailable while it rests.
// Threads  share freely.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "objstore/cache/cache_protocol.h"

namespace varve {

struct CacheServerOptions {
  size_t idle_max = 100;  // connections kept
  std::chrono::milliseconds connect_timeout{500};
  int failures_max = 3;  // in a row
  std::chrono::milliseconds rest{5000};
};

class CacheServer {
 public:
  // The protocol and the dialer outlive this.
  CacheServer(const CacheProtocol& protocol, const StreamDialer& dialer, std::string address, CacheServerOptions options)
      : protocol_(protocol), dialer_(dialer), address_(std::move(address)), options_(options) {}

  // Writes `request` and lets `read` take the answer.
  absl::Status Exchange(Bytes request, ByteSource::Deadline deadline, const std::function<absl::Status(AnswerReader&)>& read);

 private:
  absl::Status TryOn(CacheConnection& connection, Bytes request, ByteSource::Deadline deadline,
                     const std::function<absl::Status(AnswerReader&)>& read);
  absl::StatusOr<std::unique_ptr<CacheConnection>> Connect(ByteSource::Deadline deadline);
  std::unique_ptr<CacheConnection> TakeIdle();
  void Keep(std::unique_ptr<CacheConnection> connection);
  absl::Status CheckAwake();
  void Report(bool ok);

  const CacheProtocol& protocol_;
  const StreamDialer& dialer_;
  const std::string address_;
  const CacheServerOptions options_;
  Mutex mutex_;
  std::vector<std::unique_ptr<CacheConnection>> idle_ ABSL_GUARDED_BY(mutex_);  // the last used at the end
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;
  ByteSource::Deadline rests_until_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
