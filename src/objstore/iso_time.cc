#include "objstore/iso_time.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <ctime>
#include <string>

#include "base/errors.h"

namespace varve {

absl::StatusOr<TimestampMs> ParseIso8601(std::string_view text) {
  std::tm time{};
  const std::string copy(text);
  const char* rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  if (rest == nullptr) return InvalidArgument("not a time: {:?}", text);
  std::string_view left(rest);
  int64_t ms = 0;
  if (left.starts_with('.')) {
    left.remove_prefix(1);
    for (int64_t unit = 100; !left.empty() && left[0] >= '0' && left[0] <= '9'; left.remove_prefix(1), unit /= 10) {
      ms += (left[0] - '0') * unit;
    }
  }
  if (left != "Z" && left != "+00:00" && !left.empty()) return InvalidArgument("not a time in UTC: {:?}", text);
  return static_cast<TimestampMs>(::timegm(&time)) * 1000 + ms;
}

std::string FormatIso8601(TimestampMs time) {
  const time_t seconds = static_cast<time_t>(time / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return fmt::format("{}.{:03}Z", std::string_view(text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts)),
                     time % 1000);
}

TimestampMs HttpDateMs(std::string_view text) {
  const time_t seconds = text.empty() ? -1 : curl_getdate(std::string(text).c_str(), nullptr);
  return seconds < 0 ? 0 : static_cast<TimestampMs>(seconds) * 1000;
}

}  // namespace varve
