#include "blocks/download_object.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "tsdb/output_file.h"

namespace varve {
namespace {

constexpr uint64_t kPartBytes = 8 << 20;

}  // namespace

absl::Status DownloadObject(const Context& ctx, Bucket& bucket, std::string_view name, uint64_t size, const std::string& path) {
  VARVE_ASSIGN_OR_RETURN(const auto file, OutputFile::Create(path));
  ByteBuffer part;
  for (uint64_t at = 0; at < size; at += part.size()) {
    part.resize(std::min(kPartBytes, size - at));
    VARVE_ASSIGN_OR_RETURN(const size_t got, bucket.ReadAt(ctx, name, at, part));
    if (got == 0) return DataLoss("{}: the object ends at {} of {}", name, at, size);
    part.resize(got);
    VARVE_RETURN_IF_ERROR(file->Append(part));
  }
  return file->Close();
}

}  // namespace varve
