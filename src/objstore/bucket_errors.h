// What the status of a failed bucket call says beyond its code: whether to try again, when, and whether the object is only frozen.
//
// Shape    codes as bucket.h has them. The server's Retry-After travels as a payload of the status, which Annotate() drops: whoever
//          tries again stands directly around the provider. "Archived" is told by code and text, so that it survives annotation and
//          the network.
// Threads  functions of values.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace varve {

// The same call may pass later: the server was busy or away, the connection broke, a phase of the request took too long.
bool IsRetryable(const absl::Status& status);

// How long the server asked to be left alone. Never negative, and at most an hour.
std::optional<std::chrono::milliseconds> RetryAfter(const absl::Status& status);
absl::Status WithRetryAfter(absl::Status status, std::chrono::milliseconds delay);
// The value of the header of that name: seconds, or an HTTP date to be seen from `now_unix_seconds`.
std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view header, int64_t now_unix_seconds);

// `text` with every occurrence of `secret` replaced, for words that come from servers.
std::string WithoutText(std::string text, std::string_view secret);

// The object is there, but in cold storage (S3 Glacier, Azure's archive tier): FailedPrecondition until somebody restores it.
bool IsArchivedObject(const absl::Status& status);
absl::Status ArchivedObject(std::string_view name, std::string_view storage_class);

}  // namespace varve
