// Copies a block from one bucket into another.
//
// Shape    chunks and index first, then meta.json as it is, byte for byte: whoever sees it there sees the whole block. What an
//          earlier attempt has left in the right size is not copied again. Marks stay behind.
// Errors   DataLoss if the source lacks what its meta.json lists, or the target what it has taken; those of the buckets.
// Threads  share freely; a directory for each.
// Source   thanos pkg/replicate/scheme.go.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

#include "objstore/bucket.h"
#include "runtime/files.h"
#include "tsdb/block_meta.h"

namespace varve {

struct ReplicationEnvironment {  // all of it outlives the call
  Bucket& from;
  Bucket& to;
  Files& files;
  std::string directory;  // for objects on their way
};

struct ReplicationReport {
  bool already_there = false;  // with the same meta.json
  uint64_t objects = 0;        // copied
};

absl::StatusOr<ReplicationReport> ReplicateBlock(const Context& ctx, const ReplicationEnvironment& environment, Ulid id);

}  // namespace varve
