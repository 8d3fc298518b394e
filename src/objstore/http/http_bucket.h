// What the providers behind HTTP have in common: how a read of a range is asked for, and what its answer must look like.
//
// Errors   Unavailable for an answer that is another range than asked for, cut short, or silent about its size.
// Threads  as Bucket.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "objstore/bucket.h"
#include "objstore/http/transport.h"

namespace varve {

// The bytes in `into` of a 2xx answer to a read of `want` bytes from `offset`; fewer only where the object ends.
absl::StatusOr<size_t> AnsweredRange(const TransportResponse& response, std::string_view name, uint64_t offset, size_t want);

class HttpBucket : public Bucket {
 public:
  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) final;
  bool tells_sizes() const final { return true; }  // ReadAt has looked

 protected:
  // Asks for `range` (bytes=0-99) of an object, into `out`. OutOfRange if the object ends before.
  virtual absl::StatusOr<TransportResponse> GetRange(const Context& ctx, std::string_view name, const std::string& range,
                                                     std::span<std::byte> out) = 0;
  // What the answer to a HEAD says of `name`.
  static absl::StatusOr<ObjectAttributes> AttributesOfHead(const TransportResponse& response, std::string_view name);
};

}  // namespace varve
