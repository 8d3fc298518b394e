// A native histogram that lives: observations come in, its resolution changes, it is reset.
#pragma once

#include <vector>

#include "model/histogram.h"
#include "promql/testing/random/random.h"

namespace varve::promql {

enum class HistogramKind { kCounter, kGauge, kCustom };

class RandomHistogram {
 public:
  RandomHistogram(Random& random, HistogramKind kind);  // `random` outlives this

  FloatHistogram Next();  // whole counts; the sum is a multiple of 1/8

 private:
  void Restart();
  void Observe();

  Random& random_;
  const HistogramKind kind_;
  FloatHistogram now_;
};

}  // namespace varve::promql
