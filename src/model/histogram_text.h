// Histograms as Prometheus prints them.
#pragma once

#include <string>

#include "model/histogram.h"

namespace varve {

// {count:3, sum:2.5, [-2,-1):1, [-0.01,0.01]:1, (1,2]:1}, buckets in ascending order, empty ones left out.
std::string ToString(const FloatHistogram& histogram);

// The form of promtool's unit tests: {{schema:1 count:3 sum:2.5 offset:1 buckets:[1 0 1]}}. Each side is printed without gaps.
std::string ToTestExpression(const FloatHistogram& histogram);

}  // namespace varve
