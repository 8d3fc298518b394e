// What an expression is at one moment, in the plain evaluator.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time_range.h"
#include "model/histogram.h"
#include "model/labels.h"

namespace varve::promql::reference {

using HistogramPtr = std::shared_ptr<const FloatHistogram>;

// A float, or a histogram.
struct Value {
  double number = 0;
  HistogramPtr histogram;

  bool is_histogram() const { return histogram != nullptr; }
};

inline Value Number(double number) { return {.number = number, .histogram = nullptr}; }
inline Value Histogram(FloatHistogram histogram) {
  return {.number = 0, .histogram = std::make_shared<const FloatHistogram>(std::move(histogram))};
}

struct Element {
  Labels labels;
  Value value;
};
using Vector = std::vector<Element>;

struct Point {
  TimestampMs time = 0;
  Value value;
};

// The samples of a series within (start, end]. With `anchored` or `smoothed` also those up to the lookback before, and behind.
struct Window {
  Labels labels;
  std::vector<Point> points;
  TimestampMs start = 0, end = 0;
  bool anchored = false, smoothed = false;

  bool HasHistograms() const;
  bool HasFloats() const;
};
using Matrix = std::vector<Window>;

Labels WithoutName(const Labels& labels);

}  // namespace varve::promql::reference
