// Which blocks a bucket holds, found in one of two ways:
//
//   concurrent   one listing of the root; whether a block is complete is left open, to be asked block by block
//   recursive    one listing of everything, which tells marks and modification times as well: no further requests while nothing
//                changes
//
// Shape    names in the root that are no ULID are not ours and are left out.
// Source   thanos pkg/block/fetcher.go ConcurrentLister, RecursiveLister; --block-discovery-strategy.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "base/ulid.h"
#include "objstore/bucket.h"
#include "runtime/executor.h"

namespace varve {

enum class ListingStrategy { kConcurrent, kRecursive };
absl::StatusOr<ListingStrategy> ParseListingStrategy(std::string_view text);

struct ListedBlock {
  enum class Is { kUnknown, kPresent, kAbsent };
  Ulid id;
  Is meta = Is::kUnknown;         // meta.json
  TimestampMs meta_modified = 0;  // 0: not known
  Is deletion_mark = Is::kUnknown;
  TimestampMs deletion_mark_modified = 0;
};

absl::StatusOr<std::vector<ListedBlock>> ListBlocks(const Context& ctx, Bucket& bucket, ListingStrategy strategy);

// The recursive listing when many blocks are known from before, in order: several parts at once, where the provider can start a
// listing anywhere. It takes at most one page a part more.
absl::StatusOr<std::vector<ListedBlock>> ListKnownBlocks(const Context& ctx, Bucket& bucket, Executor& executor,
                                                         std::span<const Ulid> known);

}  // namespace varve
