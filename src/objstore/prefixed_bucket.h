// A part of a bucket as if it were a bucket: every name gets a prefix and a slash in front.
// Source: thanos-io/objstore prefixed_bucket.go.
#pragma once

#include <memory>
#include <string_view>

#include "objstore/bucket.h"

namespace varve {

// Slashes around `prefix` do not count; of an empty one nothing remains to be done and `inner` is answered.
std::unique_ptr<Bucket> NewPrefixedBucket(std::unique_ptr<Bucket> inner, std::string_view prefix);

}  // namespace varve
