// What a ranged GET of an object store brought, checked.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "objstore/http/transport.h"

namespace varve {

// The bytes in `into` of a 2xx answer to a read of `want` bytes from `offset`; fewer only where the object ends. Unavailable if it
// is another range than asked for, or cut short.
absl::StatusOr<size_t> AnsweredRange(const TransportResponse& response, std::string_view name, uint64_t offset, size_t want);

}  // namespace varve
