// What a caching bucket keeps beside pieces of objects: whether an object is there, its attributes, a listing.
//
// Shape    never empty; the first byte is kThere, or kAbsent for an object that is not there.
// Errors   none: bytes that are no such thing decode to nothing.
#pragma once

#include <optional>
#include <vector>

#include "objstore/bucket.h"
#include "objstore/cache/byte_cache.h"

namespace varve {

inline constexpr char kThere = '1', kAbsent = '0';

Blob EncodeAttributes(const ObjectAttributes& attributes);
std::optional<ObjectAttributes> DecodeAttributes(Bytes bytes);
Blob EncodeListing(const std::vector<ObjectEntry>& entries);
std::optional<std::vector<ObjectEntry>> DecodeListing(Bytes bytes);

}  // namespace varve
