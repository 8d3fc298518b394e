#include "objstore/bucket_errors.h"

#include <absl/strings/cord.h>
#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/errors.h"

namespace varve {
namespace {

constexpr char kRetryAfterUrl[] = "varve.objstore/retry_after_ms";
constexpr std::string_view kArchived = "is archived in cold storage";
constexpr int64_t kDelayMaxMs = 3'600'000;

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::chrono::milliseconds Bounded(int64_t ms) { return std::chrono::milliseconds(std::clamp<int64_t>(ms, 0, kDelayMaxMs)); }

}  // namespace

bool IsRetryable(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status);
}

std::optional<std::chrono::milliseconds> RetryAfter(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryAfterUrl);
  if (!payload.has_value()) return std::nullopt;
  const std::optional<int64_t> ms = ParseInteger(std::string(*payload));
  if (!ms.has_value()) return std::nullopt;
  return Bounded(*ms);
}

absl::Status WithRetryAfter(absl::Status status, std::chrono::milliseconds delay) {
  if (!status.ok()) status.SetPayload(kRetryAfterUrl, absl::Cord(std::to_string(delay.count())));
  return status;
}

std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view header, int64_t now_unix_seconds) {
  if (const std::optional<int64_t> seconds = ParseInteger(header)) return Bounded(std::clamp<int64_t>(*seconds, 0, 3600) * 1000);
  const time_t at = curl_getdate(std::string(header).c_str(), nullptr);
  if (at < 0) return std::nullopt;
  return Bounded((std::clamp<int64_t>(at - now_unix_seconds, 0, 3600)) * 1000);
}

std::string WithoutText(std::string text, std::string_view secret) {
  constexpr std::string_view kHidden = "***";
  if (secret.empty()) return text;
  for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kHidden.size())) {
    text.replace(at, secret.size(), kHidden);
  }
  return text;
}

bool IsArchivedObject(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) && Message(status).find(kArchived) != std::string_view::npos;
}

absl::Status ArchivedObject(std::string_view name, std::string_view storage_class) {
  return FailedPrecondition("object {} {}{}: restore it, and check the lifecycle rules of the bucket", name, kArchived,
                            storage_class.empty() ? "" : fmt::format(" (class {})", storage_class));
}

}  // namespace varve
