// An index-header as it lies in the bucket beside a block of ours, so that a store makes one request for it instead of building it
// from ranges of the index. Others ignore it.
//
//   <block>/varve-index-header
//   [ magic "VRIH" ][ version u8 = 1 ][ compression u8: 0 none, 1 zstd ][ ULID 16 bytes ][ bytes of the index u64 ]
//   [ bytes of the index-header u64 ][ crc32c u32 of all before it and of the payload ][ payload: the index-header ]
//
// Shape    docs/formats/index_header.md. meta.json lists it under files, which is how a store knows that it is there.
// Errors   DataLoss for a damaged one, or one of another block or index; Unimplemented for a version we do not read. A reader then
//          builds the header.
// Threads  functions of values.
#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "base/bytes.h"
#include "base/ulid.h"
#include "runtime/context.h"
#include "runtime/files.h"
#include "tsdb/block_meta.h"

namespace varve {

inline constexpr std::string_view kUploadedIndexHeaderName = "varve-index-header";

ByteBuffer PackIndexHeader(Ulid id, uint64_t index_bytes, Bytes header);
// `index_bytes` of 0: not known. What it unpacks to is reserved on the memory of `ctx` while it is unpacked.
absl::StatusOr<ByteBuffer> UnpackIndexHeader(const Context& ctx, Ulid id, uint64_t index_bytes, Bytes object);

// Of the block in a local directory.
absl::StatusOr<ByteBuffer> PackedIndexHeaderOf(Files& files, const std::string& directory, Ulid id);
// How large the one in the bucket is, by the block's meta.json; 0: there is none.
uint64_t UploadedIndexHeaderBytes(const BlockMeta& meta);

}  // namespace varve
