// Regular expressions as Prometheus reads them: Go's syntax, a dot that matches newlines, errors in Go's words. RE2 runs them.
//
// Errors   InvalidArgument, "error parsing regexp: missing closing ): `a(b`".
// Threads  an RE2 is safe to share.
#pragma once

#include <absl/status/statusor.h>
#include <re2/re2.h>

#include <memory>
#include <span>
#include <string_view>

namespace varve {

absl::StatusOr<std::unique_ptr<const RE2>> CompileRegex(std::string_view pattern);

// True if `regex` matches the whole of `text`; fills `groups`, the first with the whole match.
bool FullMatch(const RE2& regex, std::string_view text, std::span<re2::StringPiece> groups = {});

}  // namespace varve
