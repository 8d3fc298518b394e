#include "api/api_params.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "api/rfc3339.h"
#include "base/duration.h"
#include "base/errors.h"
#include "base/float_text.h"
#include "base/status_macros.h"
#include "model/quote.h"
#include "promql/parser.h"

namespace varve {
namespace {

// How Go's time.Time writes the two bounds; its own parser cannot read such years back.
constexpr std::string_view kTimeMinText = "-292273086-05-16T16:47:06Z";
constexpr std::string_view kTimeMaxText = "292277025-08-18T07:12:54.999999999Z";

constexpr double kNanosPerSecond = 1e9;

TimestampMs FromSeconds(double seconds) {
  double whole = 0;
  const double fraction = std::modf(seconds, &whole);
  const double ms = whole * 1000 + std::round(fraction * 1000);
  if (ms >= static_cast<double>(kApiTimeMax)) return kApiTimeMax;
  if (ms <= static_cast<double>(kApiTimeMin)) return kApiTimeMin;
  // The sum of two whole numbers is exact below 2^53; above, whole seconds are coarser than the fraction anyway.
  return static_cast<int64_t>(whole) * 1000 + static_cast<int64_t>(std::round(fraction * 1000));
}

}  // namespace

absl::StatusOr<TimestampMs> ParseApiTime(std::string_view text) {
  if (const absl::StatusOr<double> seconds = ParseGoFloat(text); seconds.ok() && !std::isnan(*seconds))
    return FromSeconds(*seconds);
  if (absl::StatusOr<TimestampMs> time = ParseRfc3339(text); time.ok()) return time;
  if (text == kTimeMinText) return kApiTimeMin;
  if (text == kTimeMaxText) return kApiTimeMax;
  return InvalidArgument("cannot parse {} to a valid timestamp", Quoted(text));
}

absl::StatusOr<std::chrono::nanoseconds> ParseApiDuration(std::string_view text) {
  if (const absl::StatusOr<double> seconds = ParseGoFloat(text); seconds.ok() && !std::isnan(*seconds)) {
    const double nanos = *seconds * kNanosPerSecond;
    constexpr auto kLimit = static_cast<double>(std::numeric_limits<int64_t>::max());
    if (!(nanos < kLimit && nanos >= -kLimit)) {
      return InvalidArgument("cannot parse {} to a valid duration. It overflows int64", Quoted(text));
    }
    return std::chrono::nanoseconds(static_cast<int64_t>(nanos));
  }
  const absl::StatusOr<int64_t> ms = ParsePrometheusDurationMs(text);
  if (!ms.ok() || *ms > std::numeric_limits<int64_t>::max() / 1'000'000) {
    return InvalidArgument("cannot parse {} to a valid duration", Quoted(text));
  }
  return std::chrono::milliseconds(*ms);
}

absl::Status InvalidParameter(std::string_view name, const absl::Status& status) {
  return Annotate(InvalidArgument("{}", Message(status)), "invalid parameter {}", Quoted(name));
}

absl::StatusOr<TimestampMs> TimeParam(const UrlParams& form, std::string_view name, TimestampMs fallback) {
  const std::string_view text = form.Get(name);
  if (text.empty()) return fallback;
  const absl::StatusOr<TimestampMs> time = ParseApiTime(text);
  if (!time.ok()) return InvalidParameter(name, Annotate(time.status(), "invalid time value for '{}'", name));
  return time;
}

absl::StatusOr<TimestampMs> RequiredTimeParam(const UrlParams& form, std::string_view name) {
  const absl::StatusOr<TimestampMs> time = ParseApiTime(form.Get(name));
  if (!time.ok()) return InvalidParameter(name, time.status());
  return time;
}

absl::StatusOr<std::chrono::nanoseconds> DurationParam(const UrlParams& form, std::string_view name,
                                                       std::chrono::nanoseconds fallback) {
  const std::string_view text = form.Get(name);
  if (text.empty()) return fallback;
  const absl::StatusOr<std::chrono::nanoseconds> duration = ParseApiDuration(text);
  if (!duration.ok()) return InvalidParameter(name, duration.status());
  return duration;
}

absl::StatusOr<bool> BoolParam(const UrlParams& form, std::string_view name, bool fallback) {
  const std::string_view text = form.Get(name);
  if (text.empty()) return fallback;
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return InvalidArgument("'{}' parameter: strconv.ParseBool: parsing {}: invalid syntax", name, Quoted(text));
}

absl::StatusOr<uint64_t> LimitParam(const UrlParams& form) {
  std::string_view text = form.Get("limit");
  if (text.empty()) return 0;
  const auto bad = [&form](std::string_view why) {
    return InvalidParameter("limit", InvalidArgument("strconv.Atoi: parsing {}: {}", Quoted(form.Get("limit")), why));
  };
  if (text.starts_with('+') && text.substr(1).find_first_of("+-") == std::string_view::npos) text.remove_prefix(1);
  int64_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc::result_out_of_range) return bad("value out of range");
  if (error != std::errc() || end != text.data() + text.size()) return bad("invalid syntax");
  if (limit < 0) return InvalidParameter("limit", InvalidArgument("limit must be non-negative"));
  return static_cast<uint64_t>(limit);
}

absl::StatusOr<std::vector<Matchers>> SelectorsParam(const UrlParams& form, std::string_view name) {
  std::vector<Matchers> sets;
  for (const auto& [key, value] : form.pairs()) {
    if (key != name) continue;
    VARVE_ASSIGN_OR_RETURN(Matchers matchers, promql::ParseMetricSelector(value));
    sets.push_back(std::move(matchers));
  }
  return sets;
}

absl::StatusOr<std::vector<Matchers>> MatchersParam(const UrlParams& form) {
  VARVE_ASSIGN_OR_RETURN(std::vector<Matchers> sets, SelectorsParam(form, "match[]"));
  for (const Matchers& matchers : sets) {
    const auto asks = [](const Matcher& matcher) { return !matcher.MatchesEmpty(); };
    if (std::none_of(matchers.begin(), matchers.end(), asks)) {
      return InvalidArgument("match[] must contain at least one non-empty matcher");
    }
  }
  return sets;
}

}  // namespace varve
