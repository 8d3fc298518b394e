// Makers of absl::Status with a formatted message, one for each kind of failure we tell apart.
//
//   return DataLoss("index of block {}: crc32c is {:08x}, expected {:08x}", id, got, want);
//
// The kinds are gRPC's codes. Over HTTP they become Prometheus' error types (api/http_errors.h).
// A message says what was being done to what, and what the user can do about it.
#pragma once

#include <absl/status/status.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace varve {

absl::Status MakeStatus(absl::StatusCode code, std::string_view message);

// The message as a std::string_view; it lives as long as the status.
inline std::string_view Message(const absl::Status& status) { return {status.message().data(), status.message().size()}; }

// Puts `prefix` and a colon before the message of a failed status; an OK status stays OK.
template <typename... Args>
absl::Status Annotate(const absl::Status& status, fmt::format_string<Args...> format, Args&&... args) {
  if (status.ok()) return status;
  return MakeStatus(status.code(), fmt::format(format, std::forward<Args>(args)...).append(": ").append(Message(status)));
}

#define VARVE_DEFINE_ERROR(Name, kCode)                                                           \
  template <typename... Args>                                                                     \
  absl::Status Name(fmt::format_string<Args...> format, Args&&... args) {                         \
    return MakeStatus(absl::StatusCode::kCode, fmt::format(format, std::forward<Args>(args)...)); \
  }
VARVE_DEFINE_ERROR(Aborted, kAborted)                        // given up half-way, for example by an ABORT strategy
VARVE_DEFINE_ERROR(AlreadyExists, kAlreadyExists)            //
VARVE_DEFINE_ERROR(Cancelled, kCancelled)                    // the caller went away
VARVE_DEFINE_ERROR(DataLoss, kDataLoss)                      // bytes on disk or in the bucket are not what they should be
VARVE_DEFINE_ERROR(DeadlineExceeded, kDeadlineExceeded)      // a timeout of the caller's
VARVE_DEFINE_ERROR(FailedPrecondition, kFailedPrecondition)  // right question, wrong state
VARVE_DEFINE_ERROR(Internal, kInternal)                      // our own bug
VARVE_DEFINE_ERROR(InvalidArgument, kInvalidArgument)        // the user's mistake
VARVE_DEFINE_ERROR(NotFound, kNotFound)                      //
VARVE_DEFINE_ERROR(OutOfRange, kOutOfRange)                  //
VARVE_DEFINE_ERROR(PermissionDenied, kPermissionDenied)      //
VARVE_DEFINE_ERROR(ResourceExhausted, kResourceExhausted)    // a limit was hit
VARVE_DEFINE_ERROR(Unavailable, kUnavailable)                // a peer is down; trying again may help
VARVE_DEFINE_ERROR(Unimplemented, kUnimplemented)            // known, but newer or other than what we can do
VARVE_DEFINE_ERROR(Unknown, kUnknown)                        // a peer failed without saying how
#undef VARVE_DEFINE_ERROR

}  // namespace varve
