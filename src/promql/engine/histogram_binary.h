// Binary operations in which histograms take part.
#pragma once

#include "promql/engine/binary_steps.h"

namespace varve::promql {

// A sample: a float, or a histogram if there is one.
struct Sample {
  double value = 0;
  HistogramPtr histogram;
};

struct BinaryResult {
  bool defined = false;  // false: these kinds have no such operation
  bool keep = false;     // what a comparison says
  Sample sample;
};

// For any pair of samples; meant for those that are not both floats, and for the trim operators.
BinaryResult BinaryOfSamples(const BinaryCall& call, const Sample& lhs, const Sample& rhs, Annotations& annotations);

}  // namespace varve::promql
