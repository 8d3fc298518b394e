// Parts of a date, of Unix seconds in UTC: hour(), day_of_week(), ... Histograms have none and are dropped.
//
// Source   prometheus promql/functions.go, dateWrapper; the calendar is the proleptic Gregorian one, as in Go.
#include <cstdint>

#include "promql/functions/function_tables.h"

namespace varve::promql {
namespace {

constexpr uint64_t kSecondsPerDay = 86'400;

struct Date {
  int64_t year;
  int month;  // 1 to 12
  int day;    // 1 to 31
};

// The calendar is counted from the 1st of March of this year, unsigned, so that every int64_t of seconds has a date.
constexpr int64_t kFirstYear = -292'277'022'400;
constexpr uint64_t kDaysTo1970 = 730'692'556 * UINT64_C(146'097) + 719'468;

struct DayTime {
  uint64_t days;    // since the 1st of March of kFirstYear
  int64_t seconds;  // of that day
};

// Whole seconds towards zero. What an int64_t cannot hold becomes its minimum, as a conversion on amd64 has it.
DayTime Split(double unix_seconds) {
  const bool fits = unix_seconds >= -9.2233720368547758e18 && unix_seconds < 9.2233720368547758e18;
  const int64_t seconds = fits ? static_cast<int64_t>(unix_seconds) : INT64_MIN;
  const uint64_t absolute = static_cast<uint64_t>(seconds) + kDaysTo1970 * kSecondsPerDay;  // may wrap around
  return {absolute / kSecondsPerDay, static_cast<int64_t>(absolute % kSecondsPerDay)};
}

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// Counts in eras of 400 years whose years begin in March, so that the leap day is a year's last.
Date CivilDate(uint64_t days) {
  const auto era = static_cast<int64_t>(days / 146'097);
  const auto day_of_era = static_cast<int64_t>(days % 146'097);
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int month_from_march = static_cast<int>((5 * day_of_year + 2) / 153);
  const int day = static_cast<int>(day_of_year) - (153 * month_from_march + 2) / 5 + 1;
  const int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {kFirstYear + year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int DaysInMonth(const Date& date) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return date.month == 2 && IsLeap(date.year) ? 29 : kDays[date.month - 1];
}

double Minute(double time) { return static_cast<double>(Split(time).seconds / 60 % 60); }
double Hour(double time) { return static_cast<double>(Split(time).seconds / 3600); }
double DayOfMonth(double time) { return CivilDate(Split(time).days).day; }
double DaysInMonthOf(double time) { return DaysInMonth(CivilDate(Split(time).days)); }
double Month(double time) { return CivilDate(Split(time).days).month; }
double Year(double time) { return static_cast<double>(CivilDate(Split(time).days).year); }

double DayOfWeek(double time) {
  return static_cast<double>((Split(time).days + 3) % 7);
}  // the first was a Wednesday; 0 is Sunday

double DayOfYear(double time) {
  const Date date = CivilDate(Split(time).days);
  int days = date.day;
  for (int month = 1; month < date.month; ++month) days += DaysInMonth({date.year, month, 1});
  return days;
}

template <double (*kPart)(double)>
absl::Status DatePart(const FunctionCall&, StepSeries& series, Annotations&) {
  series.DropHistograms();
  series.present.ForEach([&](size_t step) { series.values[step] = kPart(series.values[step]); });
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "day_of_month", .instant = DatePart<DayOfMonth>, .time_by_default = true},
    {.name = "day_of_week", .instant = DatePart<DayOfWeek>, .time_by_default = true},
    {.name = "day_of_year", .instant = DatePart<DayOfYear>, .time_by_default = true},
    {.name = "days_in_month", .instant = DatePart<DaysInMonthOf>, .time_by_default = true},
    {.name = "hour", .instant = DatePart<Hour>, .time_by_default = true},
    {.name = "minute", .instant = DatePart<Minute>, .time_by_default = true},
    {.name = "month", .instant = DatePart<Month>, .time_by_default = true},
    {.name = "year", .instant = DatePart<Year>, .time_by_default = true},
};

}  // namespace

std::span<const FunctionImpl> DateFunctions() { return kFunctions; }

}  // namespace varve::promql
