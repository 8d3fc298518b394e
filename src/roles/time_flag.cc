#include "roles/time_flag.h"

#include <absl/time/time.h>

#include "base/duration.h"
#include "base/errors.h"

namespace varve {

absl::StatusOr<TimeFlag> TimeFlag::Parse(std::string_view text) {
  absl::Time time;
  std::string error;
  const absl::string_view view(text.data(), text.size());
  if (absl::ParseTime(absl::RFC3339_full, view, &time, &error)) return At(absl::ToUnixMillis(time));
  const bool negative = text.starts_with('-');
  const absl::StatusOr<int64_t> distance = ParsePrometheusDurationMs(negative ? text.substr(1) : text);
  if (!distance.ok()) {
    return InvalidArgument("{:?} is neither a time such as 2024-01-02T15:04:05Z nor a distance from now such as -6h", text);
  }
  return TimeFlag(negative ? -*distance : *distance, true);
}

std::string TimeFlag::ToString() const {
  if (relative_) return FormatPrometheusDuration(value_);
  return absl::FormatTime(absl::RFC3339_sec, absl::FromUnixMillis(value_), absl::UTCTimeZone());
}

}  // namespace varve
