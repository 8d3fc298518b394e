// thanos.shipper.json: which of the local blocks have been uploaded. Prometheus reads it too (delay-compact-file.path): it does
// not compact a block that is not listed.
//
//   {"version": 1, "uploaded": ["01ARZ...", ...]}         indented by tabs
//
// Shape    only blocks that are still on disk are listed. Losing the file costs one request for each block, no more.
// Errors   DataLoss for text that is no such file, Unimplemented for another version.
// Source   thanos pkg/shipper/shipper.go; docs/formats/shipper.md.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/ulid.h"
#include "runtime/files.h"

namespace varve {

inline constexpr std::string_view kShipperStateFileName = "thanos.shipper.json";

absl::StatusOr<std::vector<Ulid>> ParseShipperState(std::string_view json);
std::string FormatShipperState(const std::vector<Ulid>& uploaded);

absl::StatusOr<std::vector<Ulid>> ReadShipperState(Files& files, const std::string& path);
absl::Status WriteShipperState(Files& files, const std::string& path, const std::vector<Ulid>& uploaded);

}  // namespace varve
