// A connection to a server of a small request-and-answer protocol: TCP, with TLS if wanted, every call until a deadline.
//
//   VARVE_ASSIGN_OR_RETURN(const StreamDialer dialer, StreamDialer::Make(tls));
//   VARVE_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> stream, dialer.Connect("10.0.0.7:11211", deadline));
//   VARVE_RETURN_IF_ERROR(stream->Write(request, deadline));
//   VARVE_ASSIGN_OR_RETURN(const size_t got, stream->Read(buffer, deadline));
//
// Shape    a host name in an address is looked up by the system's resolver, which knows no deadline: give addresses where time
//          matters.
// Errors   DeadlineExceeded; Unavailable naming the address, also when the server closes the connection.
// Threads  a stream belongs to one thread at a time; a dialer is shared.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "net/tls_config.h"

namespace varve {

class ByteSource {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  virtual ~ByteSource() = default;
  // At least one byte; Unavailable at the end.
  virtual absl::StatusOr<size_t> Read(std::span<std::byte> out, Deadline deadline) = 0;
};

class ByteStream : public ByteSource {
 public:
  virtual absl::Status Write(Bytes bytes, Deadline deadline) = 0;  // all of it
};

class StreamDialer {
 public:
  // Reads the files of `tls` once.
  static absl::StatusOr<StreamDialer> Make(const std::optional<TlsClientConfig>& tls);
  absl::StatusOr<std::unique_ptr<ByteStream>> Connect(const std::string& address, ByteSource::Deadline deadline) const;

 private:
  std::shared_ptr<void> tls_context_;  // SSL_CTX; null: plain TCP
  std::string server_name_;            // empty: the host of the address
  bool verify_ = true;
};

}  // namespace varve
