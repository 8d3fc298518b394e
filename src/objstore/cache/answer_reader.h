// Lines and counted bytes from a connection, for protocols such as those of memcached and Redis.
//
// Errors   DataLoss for a line without end; those of the source.
// Threads  one at a time.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "base/bytes.h"
#include "net/byte_stream.h"

namespace varve {

class AnswerReader {
 public:
  explicit AnswerReader(ByteSource& source) : source_(source) {}

  void set_deadline(ByteSource::Deadline deadline) { deadline_ = deadline; }
  // Up to and without CR LF.
  absl::StatusOr<std::string> Line();
  // Fills `out`, and takes the CR LF behind it.
  absl::Status Content(std::span<std::byte> out);
  bool has_read() const { return has_read_; }  // anything at all

 private:
  absl::Status Fill();

  ByteSource& source_;
  ByteSource::Deadline deadline_;
  ByteBuffer buffer_ = ByteBuffer(16 << 10);
  size_t begin_ = 0, end_ = 0;  // of what is in it
  bool has_read_ = false;
};

}  // namespace varve
