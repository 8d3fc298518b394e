#include "api/rfc3339.h"

#include <chrono>

#include "base/errors.h"

namespace varve {
namespace {

// Reads a fixed form character by character.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  int Digits(size_t count) {
    int value = 0;
    if (text_.size() < count) return Fail();
    for (size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return Fail();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }
  bool Take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void Expect(char c) {
    if (!Take(c)) Fail();
  }
  // The milliseconds of a fraction with any number of digits.
  int FractionMs() {
    int ms = 0, scale = 100;
    size_t digits = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits, scale /= 10) {
      ms += (text_[digits] - '0') * scale;
    }
    text_.remove_prefix(digits);
    return digits == 0 ? Fail() : ms;
  }
  bool Done() const { return ok_ && text_.empty(); }

 private:
  int Fail() {
    ok_ = false;
    return 0;
  }
  std::string_view text_;
  bool ok_ = true;
};

}  // namespace

absl::StatusOr<TimestampMs> ParseRfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto bad = [text] { return InvalidArgument("not a time as in 2006-01-02T15:04:05Z: {:?}", text); };
  Scanner scan(text);
  const int y = scan.Digits(4);
  scan.Expect('-');
  const int m = scan.Digits(2);
  scan.Expect('-');
  const int d = scan.Digits(2);
  scan.Expect('T');
  const int hour = scan.Digits(2);
  scan.Expect(':');
  const int minute = scan.Digits(2);
  scan.Expect(':');
  const int second = scan.Digits(2);
  const int fraction_ms = scan.Take('.') || scan.Take(',') ? scan.FractionMs() : 0;
  int zone_minutes = 0;
  if (!scan.Take('Z')) {
    const bool west = scan.Take('-');
    if (!west) scan.Expect('+');
    const int zone_hour = scan.Digits(2);
    scan.Expect(':');
    const int zone_minute = scan.Digits(2);
    if (zone_hour > 24 || zone_minute > 59) return bad();
    zone_minutes = (west ? -1 : 1) * (zone_hour * 60 + zone_minute);
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!scan.Done() || !date.ok() || hour > 23 || minute > 59 || second > 59) return bad();
  const int64_t days = sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute - zone_minutes) * 60'000 + second * 1000 + fraction_ms;
}

std::string FormatRfc3339(int64_t seconds, int32_t nanos) {
  using namespace std::chrono;
  const sys_days day = floor<days>(sys_seconds(std::chrono::seconds(seconds)));
  const year_month_day date(day);
  const hh_mm_ss time(sys_seconds(std::chrono::seconds(seconds)) - day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count());
  if (nanos != 0) {
    text += fmt::format(".{:09}", nanos);
    while (text.back() == '0') text.pop_back();
  }
  return text + "Z";
}

std::string FormatRfc3339(TimestampMs time) {
  const int64_t seconds = time >= 0 ? time / 1000 : -((999 - time) / 1000);
  return FormatRfc3339(seconds, static_cast<int32_t>(time - seconds * 1000) * 1'000'000);
}

}  // namespace varve
