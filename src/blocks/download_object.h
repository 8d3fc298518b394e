// Copies an object of a bucket into a local file, a few megabytes at a time.
//
// Errors   those of the bucket; DataLoss if the object ends before `size`; ResourceExhausted for a full disk.
// Threads  a free function.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "objstore/bucket.h"

namespace varve {

absl::Status DownloadObject(const Context& ctx, Bucket& bucket, std::string_view name, uint64_t size, const std::string& path);

}  // namespace varve
