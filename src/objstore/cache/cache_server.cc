#include "objstore/cache/cache_server.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {

std::unique_ptr<CacheConnection> CacheServer::TakeIdle() {
  MutexLock lock(mutex_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<CacheConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void CacheServer::Keep(std::unique_ptr<CacheConnection> connection) {
  MutexLock lock(mutex_);
  if (idle_.size() < options_.idle_max) idle_.push_back(std::move(connection));
}

absl::Status CacheServer::CheckAwake() {
  MutexLock lock(mutex_);
  const auto now = ByteSource::Deadline::clock::now();
  if (failures_ < options_.failures_max) return absl::OkStatus();
  if (now < rests_until_) return Unavailable("{}: has failed {} times in a row and rests", address_, failures_);
  rests_until_ = now + options_.rest;  // for the others, while this caller tries
  return absl::OkStatus();
}

void CacheServer::Report(bool ok) {
  MutexLock lock(mutex_);
  failures_ = ok ? 0 : failures_ + 1;
  if (failures_ < options_.failures_max) return;
  rests_until_ = ByteSource::Deadline::clock::now() + options_.rest;
  idle_.clear();
}

absl::StatusOr<std::unique_ptr<CacheConnection>> CacheServer::Connect(ByteSource::Deadline deadline) {
  deadline = std::min(deadline, ByteSource::Deadline::clock::now() + options_.connect_timeout);
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> stream, dialer_.Connect(address_, deadline));
  auto connection = std::make_unique<CacheConnection>(std::move(stream));
  VARVE_RETURN_IF_ERROR(protocol_.Greet(*connection, deadline));
  return connection;
}

absl::Status CacheServer::TryOn(CacheConnection& connection, Bytes request, ByteSource::Deadline deadline,
                                const std::function<absl::Status(AnswerReader&)>& read) {
  VARVE_RETURN_IF_ERROR(connection.stream->Write(request, deadline));
  connection.answers.set_deadline(deadline);
  return read(connection.answers);
}

absl::Status CacheServer::Exchange(Bytes request, ByteSource::Deadline deadline,
                                   const std::function<absl::Status(AnswerReader&)>& read) {
  VARVE_RETURN_IF_ERROR(CheckAwake());
  if (std::unique_ptr<CacheConnection> kept = TakeIdle()) {
    const absl::Status status = TryOn(*kept, request, deadline, read);
    if (status.ok()) {
      Report(true);
      Keep(std::move(kept));
    }
    if (!absl::IsUnavailable(status)) {
      if (!status.ok()) Report(false);
      return status;
    }
  }
  absl::StatusOr<std::unique_ptr<CacheConnection>> connection = Connect(deadline);
  absl::Status status = connection.status();
  if (status.ok()) status = TryOn(**connection, request, deadline, read);
  Report(status.ok());
  if (status.ok()) Keep(*std::move(connection));
  return status;
}

}  // namespace varve
