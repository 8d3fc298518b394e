// Uploads a local block directory: chunk segments, index, and meta.json last, so that whoever sees the meta.json sees all of it. Before
// meta.json goes up the others are listed, to be there in their sizes; then it is read back.
//
// Shape    the uploaded meta.json lists the files with their sizes (and hashes, if wanted) and the time of the upload. Objects
//          that a broken-off upload left behind with the right size are not sent again: an object is there whole or not at all,
//          and files of a block never change.
// Errors   DataLoss if the bucket does not have what it has taken; FailedPrecondition for a block without external labels: no one could tell whose it is.
// Source   thanos pkg/block/block.go Upload.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "objstore/bucket.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/files.h"
#include "tsdb/block_meta.h"

namespace varve {

enum class FileHash { kNone, kSha256 };
absl::StatusOr<FileHash> ParseFileHash(std::string_view text);  // "" or SHA256, as --hash-func

absl::StatusOr<std::string> Sha256Hex(Files& files, const std::string& path);

struct UploadEnvironment {  // all of it outlives the call
  Bucket& bucket;
  Files& files;
  Executor& executor;
  Clock& clock;
};

struct UploadOptions {
  FileHash hash = FileHash::kNone;
  size_t parallel_max = 1;      // segments at a time
  bool read_back = false;       // and compare with the files, before meta.json makes it a block
  bool labels_required = true;  // false: for a Prometheus' own directory, where no one asks whose a block is
  bool index_header = false;    // put one beside the block (blocks/uploaded_index_header.h), where the index allows it
};

// `directory` is the block's own and has its meta.json. Answers the meta.json as uploaded.
absl::StatusOr<BlockMeta> UploadBlock(const Context& ctx, const UploadEnvironment& environment, const std::string& directory,
                                      const UploadOptions& options);

}  // namespace varve
