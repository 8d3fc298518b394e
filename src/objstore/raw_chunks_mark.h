// What tells chunk files of raw samples from all other objects, for lifecycle rules to go by. Names cannot: downsampled blocks
// look the same.
//
//   S3      the object tag varve=raw-chunks
//   AZURE   the same as a blob index tag
//   GCS     the time of the upload as `customTime`, which no other object has: rules ask for daysSinceCustomTime
//
// Shape    put on by whoever uploads a block, if the bucket's YAML says `varve: {mark_raw_chunks: true}`. To mark is something that
//          some buckets can do: wrappers pass it on, others store the file as any.
// Threads  as Bucket.
#pragma once

#include <string>
#include <string_view>

#include "objstore/bucket.h"

namespace varve {

constexpr std::string_view kRawChunksTagKey = "varve", kRawChunksTagValue = "raw-chunks";
constexpr char kRawChunksTagging[] = "varve=raw-chunks";  // as headers have it

// What a bucket that can mark is, beside a Bucket.
class RawChunksUploader {
 public:
  virtual ~RawChunksUploader() = default;
  virtual absl::Status UploadRawChunks(const Context& ctx, std::string_view name, const std::string& path) = 0;
};

// UploadFile of chunks of raw samples, marked where that is possible and asked for.
inline absl::Status UploadRawChunks(const Context& ctx, Bucket& bucket, std::string_view name, const std::string& path) {
  auto* uploader = dynamic_cast<RawChunksUploader*>(&bucket);
  return uploader != nullptr ? uploader->UploadRawChunks(ctx, name, path) : bucket.UploadFile(ctx, name, path);
}

}  // namespace varve
