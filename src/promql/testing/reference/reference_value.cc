#include "promql/testing/reference/reference_value.h"

#include <algorithm>

namespace varve::promql::reference {

bool Window::HasHistograms() const {
  return std::ranges::any_of(points, [](const Point& point) { return point.value.is_histogram(); });
}

bool Window::HasFloats() const {
  return std::ranges::any_of(points, [](const Point& point) { return !point.value.is_histogram(); });
}

Labels WithoutName(const Labels& labels) {
  LabelsBuilder builder(labels);
  builder.Del(kMetricName);
  return builder.Build();
}

}  // namespace varve::promql::reference
