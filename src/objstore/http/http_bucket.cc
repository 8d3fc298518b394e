#include "objstore/http/answered_range.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/errors.h"

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

}  // namespace varve
