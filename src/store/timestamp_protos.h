// RFC 3339 times of JSON answers as protobuf timestamps.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <string_view>

#include "tsdb/rfc3339.h"

namespace varve {

// Go's zero time (year 1), if the text is no time.
inline void SetTimestamp(std::string_view rfc3339, google::protobuf::Timestamp* timestamp) {
  constexpr int64_t kGoZeroSeconds = -62135596800;
  const absl::StatusOr<TimestampMs> ms = ParseRfc3339(rfc3339);
  timestamp->set_seconds(ms.ok() ? (*ms - (*ms % 1000 + 1000) % 1000) / 1000 : kGoZeroSeconds);
  timestamp->set_nanos(ms.ok() ? static_cast<int32_t>((*ms % 1000 + 1000) % 1000) * 1'000'000 : 0);
}

}  // namespace varve
