// Which texts name an object, the same for every provider, so that a bucket may move from one to another and no name leaves
// the folder or prefix it is kept under.
//
// Shape    components between single slashes: `01ARZ.../chunks/000001`.
// Errors   InvalidArgument for an empty name, an empty, "." or ".." component (so no slash at either end) and a zero byte.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace varve {

absl::Status CheckObjectName(std::string_view name);

// The prefix shared by all names under `directory`: "" for the root (""), else the name with one slash at its end.
absl::StatusOr<std::string> DirectoryPrefix(std::string_view directory);

}  // namespace varve
