// Blocks that are good for listing, filtering and shipping: a true meta.json, and files of any content.
#pragma once

#include <string>

#include "objstore/bucket.h"
#include "runtime/files.h"
#include "tsdb/block_meta.h"

namespace varve {

// The id of a block made at `unix_ms`; `n` tells apart those made at the same time.
Ulid FakeUlid(uint64_t unix_ms, uint8_t n = 0);

// A level 1 block of one sidecar, two hours from `min` on.
BlockMeta FakeMeta(Ulid id, TimestampMs min = 0);

void PutFakeMeta(Bucket& bucket, const BlockMeta& meta);
// A directory <directory>/<ULID> with meta.json, index and `segments` chunk files.
void WriteFakeBlock(Files& files, const std::string& directory, const BlockMeta& meta, int segments = 2);

// Puts every file of <directory>/<ULID> into the bucket.
void PutBlockDirectory(Bucket& bucket, const std::string& directory, Ulid id);

// An empty directory of this test's own, gone at the end of the process.
std::string FreshTestDirectory(std::string_view name);

}  // namespace varve
