// Cutting and merging of sample columns, the same for floats and histograms.
//
// Shape    operations look at the samples from `begin` on and leave those before it alone, as columns are appended to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <span>

#include "base/time_range.h"
#include "model/column_scans.h"
#include "model/sample.h"

namespace varve {

template <typename Columns>
bool IsAscending(const Columns& columns, size_t begin) {
  return StrictlyAscend(std::span(columns.times).subspan(begin));
}

template <typename Columns>
void EraseSamples(Columns& columns, size_t from, size_t to) {
  const auto erase = [&](auto& column) {
    column.erase(column.begin() + static_cast<std::ptrdiff_t>(from), column.begin() + static_cast<std::ptrdiff_t>(to));
  };
  erase(columns.times);
  erase(columns.values);
  if (!columns.start_times.empty()) erase(columns.start_times);
}

// Keeps of the ascending samples from `begin` on those within `range`.
template <typename Columns>
void TrimTo(QueryRange range, Columns& columns, size_t begin) {
  const auto first = columns.times.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto from = std::lower_bound(first, columns.times.end(), range.min);
  const auto to = std::upper_bound(from, columns.times.end(), range.max_inclusive);
  EraseSamples(columns, static_cast<size_t>(to - columns.times.begin()), columns.size());
  EraseSamples(columns, begin, static_cast<size_t>(from - columns.times.begin()));
}

// Merges the ascending runs [begin, middle) and [middle, size). Of equal times the sample of the first run stays.
template <typename Columns>
void MergeRuns(Columns& columns, size_t begin, size_t middle) {
  Columns merged;
  const auto take = [&](size_t i) {
    merged.times.push_back(columns.times[i]);
    merged.values.push_back(std::move(columns.values[i]));
    if (!columns.start_times.empty()) merged.start_times.push_back(columns.start_times[i]);
  };
  size_t a = begin;
  size_t b = middle;
  while (a < middle || b < columns.size()) {
    if (b == columns.size() || (a < middle && columns.times[a] <= columns.times[b])) {
      if (b < columns.size() && columns.times[a] == columns.times[b]) ++b;
      take(a++);
    } else {
      take(b++);
    }
  }
  EraseSamples(columns, begin, columns.size());
  columns.times.insert(columns.times.end(), merged.times.begin(), merged.times.end());
  std::move(merged.values.begin(), merged.values.end(), std::back_inserter(columns.values));
  columns.start_times.insert(columns.start_times.end(), merged.start_times.begin(), merged.start_times.end());
}

// Takes out of the ascending `columns` from `begin` on the samples at `times`, which ascend from `times_begin` on.
template <typename Columns>
void DropAt(const std::vector<TimestampMs>& times, size_t times_begin, Columns& columns, size_t begin) {
  size_t out = begin;
  size_t at = times_begin;
  for (size_t i = begin; i < columns.size(); ++i) {
    while (at < times.size() && times[at] < columns.times[i]) ++at;
    if (at < times.size() && times[at] == columns.times[i]) continue;
    if (out != i) {
      columns.times[out] = columns.times[i];
      columns.values[out] = std::move(columns.values[i]);
      if (!columns.start_times.empty()) columns.start_times[out] = columns.start_times[i];
    }
    ++out;
  }
  EraseSamples(columns, out, columns.size());
}

}  // namespace varve
