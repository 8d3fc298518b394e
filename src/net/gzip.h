// Gzip, in pieces, for HTTP bodies in both directions.
// Threads  one at a time.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace varve {

// Compresses text that comes in parts.
class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  // Appends what is ready; the last part of a stream has `finish`.
  void Append(std::string_view part, bool finish, std::string& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The whole of a gzip file. InvalidArgument for bytes that are not gzip or are cut off; ResourceExhausted beyond `bytes_max`.
absl::StatusOr<std::string> GzipDecompress(std::string_view bytes, uint64_t bytes_max);

}  // namespace varve
