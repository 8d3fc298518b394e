#include "objstore/http/http_bucket.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/iso_time.h"
#include "objstore/object_name.h"

namespace varve {
namespace {

// The size of the whole object in "bytes 0-9/443", if the range begins where it should.
std::optional<uint64_t> TotalOf(std::string_view content_range, uint64_t offset) {
  constexpr std::string_view kUnit = "bytes ";
  if (!content_range.starts_with(kUnit)) return std::nullopt;
  content_range.remove_prefix(kUnit.size());
  uint64_t begin = 0, total = 0;
  const char* end = content_range.data() + content_range.size();
  if (std::from_chars(content_range.data(), end, begin).ec != std::errc() || begin != offset) return std::nullopt;
  const size_t slash = content_range.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  if (std::from_chars(content_range.data() + slash + 1, end, total).ptr != end) return std::nullopt;
  return total;
}

}  // namespace

absl::StatusOr<size_t> AnsweredRange(const TransportResponse& response, std::string_view name, uint64_t offset, size_t want) {
  if (response.status == 200 && offset == 0) return response.into_bytes;  // the whole object, and it fits
  const std::string_view content_range = response.headers.Get("Content-Range");
  const std::optional<uint64_t> total = TotalOf(content_range, offset);
  if (!total.has_value()) {
    return Unavailable("read {} from byte {}: the server answered another range ({:?})", name, offset, content_range);
  }
  const uint64_t expected = std::min<uint64_t>(want, *total - std::min(*total, offset));
  if (response.into_bytes == expected) return response.into_bytes;
  return Unavailable("read {} from byte {}: {} bytes came instead of {}", name, offset, response.into_bytes, expected);
}

absl::StatusOr<size_t> HttpBucket::ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) {
  VARVE_RETURN_IF_ERROR(CheckObjectName(name));
  if (out.empty()) {
    VARVE_RETURN_IF_ERROR(Attributes(ctx, name).status());
    return size_t{0};
  }
  const std::string range = fmt::format("bytes={}-{}", offset, offset + out.size() - 1);
  const absl::StatusOr<TransportResponse> response = GetRange(ctx, name, range, out);
  if (absl::IsOutOfRange(response.status())) return size_t{0};  // the object ends before
  VARVE_RETURN_IF_ERROR(response.status());
  return AnsweredRange(*response, fmt::format("{}/{}", this->name(), name), offset, out.size());
}

absl::Status HttpBucket::Upload(const Context& ctx, std::string_view name, Bytes content) {
  VARVE_RETURN_IF_ERROR(CheckObjectName(name));
  return Put(ctx, name, {.bytes = content, .file = std::nullopt}, {});
}

absl::Status HttpBucket::UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) {
  VARVE_RETURN_IF_ERROR(CheckObjectName(name));
  return Put(ctx, name, {.bytes = content, .file = std::nullopt}, {.only_if_absent = true});
}

absl::Status HttpBucket::UploadFile(const Context& ctx, std::string_view name, const std::string& path) {
  return PutFile(ctx, name, path, {});
}

absl::Status HttpBucket::UploadRawChunks(const Context& ctx, std::string_view name, const std::string& path) {
  return PutFile(ctx, name, path, {.mark = mark_raw_chunks_});
}

absl::Status HttpBucket::PutFile(const Context& ctx, std::string_view name, const std::string& path, const PutOptions& options) {
  VARVE_RETURN_IF_ERROR(CheckObjectName(name));
  VARVE_ASSIGN_OR_RETURN(const LocalFile file, LocalFile::Open(path));
  return Put(ctx, name, file.source(), options);
}

absl::StatusOr<ObjectAttributes> HttpBucket::AttributesOfHead(const TransportResponse& response, std::string_view name) {
  ObjectAttributes attributes{.last_modified = HttpDateMs(response.headers.Get("Last-Modified"))};
  const std::string_view length = response.headers.Get("Content-Length");
  if (std::from_chars(length.data(), length.data() + length.size(), attributes.size).ec != std::errc()) {
    return Unavailable("look at {}: the server does not tell its size", name);
  }
  return attributes;
}

}  // namespace varve
