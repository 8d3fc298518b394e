#include "tsdb/rfc3339.h"

#include <chrono>

#include "base/errors.h"

namespace varve {
namespace {

constexpr int64_t kDayMs = 86'400'000;

// Takes exactly `width` digits off the front; -1 if they are not there.
int TakeDigits(std::string_view& text, size_t width) {
  if (text.size() < width) return -1;
  int value = 0;
  for (size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool TakeAny(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Milliseconds of ".123456"; 0 if there is no fraction, -1 if there is a dot only.
int TakeFractionMs(std::string_view& text) {
  if (!TakeAny(text, ".")) return 0;
  int ms = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    if (digits < 3) ms = ms * 10 + (text.front() - '0');
  }
  if (digits == 0) return -1;
  for (; digits < 3; ++digits) ms *= 10;
  return ms;
}

bool TakeOffsetMinutes(std::string_view& text, int& minutes) {
  minutes = 0;
  if (TakeAny(text, "Zz")) return true;
  const bool west = !text.empty() && text.front() == '-';
  if (!TakeAny(text, "+-")) return false;
  const int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !TakeAny(text, ":")) return false;
  const int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59) return false;
  minutes = (hour * 60 + minute) * (west ? -1 : 1);
  return true;
}

bool Parse(std::string_view text, TimestampMs& time) {
  const int year = TakeDigits(text, 4);
  if (year < 0 || !TakeAny(text, "-")) return false;
  const int month = TakeDigits(text, 2);
  if (month < 0 || !TakeAny(text, "-")) return false;
  const int day = TakeDigits(text, 2);
  if (day < 0 || !TakeAny(text, "Tt ")) return false;
  const int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !TakeAny(text, ":")) return false;
  const int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59 || !TakeAny(text, ":")) return false;
  const int second = TakeDigits(text, 2);
  if (second < 0 || second > 60) return false;
  const int ms = TakeFractionMs(text);
  int offset_minutes = 0;
  if (ms < 0 || !TakeOffsetMinutes(text, offset_minutes) || !text.empty()) return false;

  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  time = days * kDayMs + ((int64_t{hour} * 60 + minute - offset_minutes) * 60 + second) * 1000 + ms;
  return true;
}

}  // namespace

absl::StatusOr<TimestampMs> ParseRfc3339(std::string_view text) {
  TimestampMs time = 0;
  if (!Parse(text, time)) return InvalidArgument("\"{}\" is not a time like 2006-01-02T15:04:05Z", text);
  return time;
}

std::string FormatRfc3339(TimestampMs time) {
  const int64_t in_day = ((time % kDayMs) + kDayMs) % kDayMs;
  const std::chrono::sys_days day{std::chrono::days((time - in_day) / kDayMs)};
  const std::chrono::year_month_day date(day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), in_day / 3'600'000, in_day / 60'000 % 60, in_day / 1000 % 60);
  if (const int64_t ms = in_day % 1000; ms != 0) {
    text += fmt::format(".{:03}", ms);
    while (text.back() == '0') text.pop_back();
  }
  return text += 'Z';
}

}  // namespace varve
