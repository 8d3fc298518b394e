#include "base/duration.h"

#include <array>
#include <cmath>
#include <limits>

#include "base/errors.h"

namespace varve {
namespace {

struct Unit {
  std::string_view name;
  int64_t ms;
};
constexpr int64_t kDayMs = 86'400'000;
constexpr std::array<Unit, 7> kPrometheusUnits = {
    {{"y", 365 * kDayMs}, {"w", 7 * kDayMs}, {"d", kDayMs}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

absl::StatusOr<int64_t> ParsePrometheusDurationMs(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return InvalidArgument("empty duration string");
  const auto bad = [text] { return InvalidArgument("not a valid duration string: {:?}", text); };
  std::string_view rest = text;
  int64_t total = 0;
  size_t next_unit = 0;
  while (!rest.empty()) {
    size_t digits = 0;
    uint64_t count = 0;
    while (digits < rest.size() && IsDigit(rest[digits])) {
      count = count * 10 + static_cast<uint64_t>(rest[digits] - '0');
      if (++digits > 18) return InvalidArgument("duration out of range: {:?}", text);
    }
    if (digits == 0) return bad();
    rest.remove_prefix(digits);
    size_t letters = 0;
    while (letters < rest.size() && !IsDigit(rest[letters])) ++letters;
    const std::string_view name = rest.substr(0, letters);
    rest.remove_prefix(letters);
    while (next_unit < kPrometheusUnits.size() && kPrometheusUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kPrometheusUnits.size()) return bad();
    const int64_t unit_ms = kPrometheusUnits[next_unit++].ms;
    // Prometheus keeps nanoseconds in 63 bits, so that is the range.
    constexpr int64_t kMaxMs = std::numeric_limits<int64_t>::max() / 1'000'000;
    if (count > static_cast<uint64_t>(kMaxMs / unit_ms)) return InvalidArgument("duration out of range: {:?}", text);
    total += static_cast<int64_t>(count) * unit_ms;
    if (total > kMaxMs) return InvalidArgument("duration out of range: {:?}", text);
  }
  return total;
}

absl::StatusOr<int64_t> ParseGoDurationMs(std::string_view text) {
  const auto bad = [text] { return InvalidArgument("time: invalid duration {:?}", text); };
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest == "0") return 0;
  if (rest.empty()) return bad();
  double total_ms = 0;
  while (!rest.empty()) {
    double count = 0, scale = 1;
    size_t at = 0, digits = 0;
    for (; at < rest.size() && IsDigit(rest[at]); ++at, ++digits) count = count * 10 + (rest[at] - '0');
    if (at < rest.size() && rest[at] == '.') {
      for (++at; at < rest.size() && IsDigit(rest[at]); ++at, ++digits) {
        count = count * 10 + (rest[at] - '0');
        scale *= 10;
      }
    }
    if (digits == 0) return bad();
    rest.remove_prefix(at);
    size_t letters = 0;
    while (letters < rest.size() && !IsDigit(rest[letters]) && rest[letters] != '.') ++letters;
    const std::string_view name = rest.substr(0, letters);
    if (letters == 0) return InvalidArgument("time: missing unit in duration {:?}", text);
    rest.remove_prefix(letters);
    double unit_ms;
    if (name == "h") {
      unit_ms = 3'600'000;
    } else if (name == "m") {
      unit_ms = 60'000;
    } else if (name == "s") {
      unit_ms = 1'000;
    } else if (name == "ms") {
      unit_ms = 1;
    } else if (name == "us" || name == "µs" || name == "μs") {
      unit_ms = 1e-3;
    } else if (name == "ns") {
      unit_ms = 1e-6;
    } else {
      return InvalidArgument("time: unknown unit {:?} in duration {:?}", name, text);
    }
    total_ms += count / scale * unit_ms;
  }
  if (total_ms > 9.2e12) return bad();  // 63 bits of nanoseconds
  const auto whole = static_cast<int64_t>(total_ms + 1e-9);
  return negative ? -whole : whole;
}

absl::StatusOr<int64_t> ParseDurationMs(std::string_view text) {
  absl::StatusOr<int64_t> prometheus = ParsePrometheusDurationMs(text);
  if (prometheus.ok()) return prometheus;
  absl::StatusOr<int64_t> go = ParseGoDurationMs(text);
  return go.ok() ? go : prometheus;
}

std::string FormatPrometheusDuration(int64_t ms) {
  if (ms == 0) return "0s";
  std::string out;
  if (ms < 0) {
    out = "-";
    ms = -ms;
  }
  for (const Unit& unit : kPrometheusUnits) {
    // Years and weeks are used only when they say it all, as in model.Duration.String.
    const bool whole_only = unit.ms > kDayMs;
    if (whole_only && ms % unit.ms != 0) continue;
    if (const int64_t count = ms / unit.ms; count > 0) {
      out += fmt::format("{}{}", count, unit.name);
      ms -= count * unit.ms;
    }
  }
  return out;
}

std::string FormatGoDuration(int64_t ms) {
  if (ms == 0) return "0s";
  std::string out;
  if (ms < 0) {
    out = "-";
    ms = -ms;
  }
  if (ms < 1000) return out + fmt::format("{}ms", ms);
  const int64_t hours = ms / 3'600'000, minutes = ms / 60'000 % 60;
  if (hours > 0) out += fmt::format("{}h", hours);
  if (hours > 0 || minutes > 0) out += fmt::format("{}m", minutes);
  std::string seconds = fmt::format("{}.{:03}", ms / 1000 % 60, ms % 1000);
  while (seconds.back() == '0') seconds.pop_back();
  if (seconds.back() == '.') seconds.pop_back();
  return out + seconds + "s";
}

}  // namespace varve
