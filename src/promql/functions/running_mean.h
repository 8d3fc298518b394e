// The mean of values added one by one: the compensated sum divided by the count or, once the sum no longer fits a double, an
// incremental mean.
//
// Source   prometheus promql/engine.go (avg) and functions.go (avg_over_time); the same order of operations.
#pragma once

#include <cmath>

#include "promql/functions/kahan_sum.h"

namespace varve::promql {

struct RunningMean {
  double value = 0;  // the sum, or the mean once `incremental`
  double compensation = 0;
  double count = 0;
  bool incremental = false;

  void Add(double added) {
    if (++count == 1) {
      value = added;
      return;
    }
    if (!incremental) {
      double sum = value, lost = compensation;
      KahanAdd(added, sum, lost);
      if (!std::isinf(sum)) {
        value = sum;
        compensation = lost;
        return;
      }
      MakeIncremental(count - 1);
    }
    const double weight = (count - 1) / count;
    value *= weight;
    compensation *= weight;
    KahanAdd(added / count, value, compensation);
  }

  // Adds what `other` has seen, after what this one has.
  void Merge(RunningMean other) {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    if (!incremental && !other.incremental) {
      double sum = value, lost = compensation;
      KahanAdd(other.value, sum, lost);
      if (!std::isinf(sum)) {
        value = sum;
        compensation = lost + other.compensation;
        count += other.count;
        return;
      }
    }
    if (!incremental) MakeIncremental(count);
    if (!other.incremental) other.MakeIncremental(other.count);
    const double total = count + other.count;
    value *= count / total;
    compensation = (compensation * count + other.compensation * other.count) / total;
    KahanAdd(other.value * (other.count / total), value, compensation);
    count = total;
  }

  double Mean() const { return incremental ? value + compensation : value / count + compensation / count; }

 private:
  void MakeIncremental(double counted) {
    incremental = true;
    value /= counted;
    compensation /= counted;
  }
};

}  // namespace varve::promql
