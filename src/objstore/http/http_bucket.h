// What the providers behind HTTP have in common: how a read of a range is asked for, what its answer must look like, and that all
// uploads are one.
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
#include "objstore/raw_chunks_mark.h"
#include "objstore/upload_source.h"

namespace varve {

// The bytes in `into` of a 2xx answer to a read of `want` bytes from `offset`; fewer only where the object ends.
absl::StatusOr<size_t> AnsweredRange(const TransportResponse& response, std::string_view name, uint64_t offset, size_t want);

struct PutOptions {
  bool only_if_absent = false;  // AlreadyExists if it is there
  bool mark = false;            // objstore/raw_chunks_mark.h
};

class HttpBucket : public Bucket, public RawChunksUploader {
 public:
  explicit HttpBucket(bool mark_raw_chunks) : mark_raw_chunks_(mark_raw_chunks) {}

  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) final;
  bool tells_sizes() const final { return true; }  // ReadAt has looked
  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) final;
  absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) final;
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) final;
  absl::Status UploadRawChunks(const Context& ctx, std::string_view name, const std::string& path) final;

 protected:
  // `name` is one that any bucket takes.
  virtual absl::Status Put(const Context& ctx, std::string_view name, const UploadSource& content, const PutOptions& options) = 0;
  // Asks for `range` (bytes=0-99) of an object, into `out`. OutOfRange if the object ends before.
  virtual absl::StatusOr<TransportResponse> GetRange(const Context& ctx, std::string_view name, const std::string& range,
                                                     std::span<std::byte> out) = 0;
  // What the answer to a HEAD says of `name`.
  static absl::StatusOr<ObjectAttributes> AttributesOfHead(const TransportResponse& response, std::string_view name);

 private:
  absl::Status PutFile(const Context& ctx, std::string_view name, const std::string& path, const PutOptions& options);

  const bool mark_raw_chunks_;
};

}  // namespace varve
