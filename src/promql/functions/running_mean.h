// The mean of values added one by one: the compensated sum divided by the count or, once the sum no longer fits a double, an
// incremental mean.
//
// Source   prometheus promql/engine.go (avg) and functions.go (avg_over_time); the same order of operations.
#pragma once

#include <cmath>

#include "model/kahan_sum.h"

namespace varve::promql {

struct RunningMean {
  KahanSum total;  // the sum, or the mean once `incremental`
  double count = 0;
  bool incremental = false;

  void Add(double added) {
    if (++count == 1) {
      total.sum = added;
      return;
    }
    if (!incremental) {
      KahanSum sum = total;
      sum.Add(added);
      if (!std::isinf(sum.sum)) {
        total = sum;
        return;
      }
      MakeIncremental(count - 1);
    }
    Scale((count - 1) / count);
    total.Add(added / count);
  }

  // Adds what `other` has seen, after what this one has.
  void Merge(RunningMean other) {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    if (!incremental && !other.incremental) {
      KahanSum sum = total;
      sum.Add(other.total.sum);
      if (!std::isinf(sum.sum)) {
        sum.compensation += other.total.compensation;
        total = sum;
        count += other.count;
        return;
      }
    }
    if (!incremental) MakeIncremental(count);
    if (!other.incremental) other.MakeIncremental(other.count);
    const double both = count + other.count;
    Scale(count / both);
    other.Scale(other.count / both);
    total.Add(other.total.sum);
    total.compensation += other.total.compensation;
    count = both;
  }

  double Mean() const { return incremental ? total.Total() : total.sum / count + total.compensation / count; }

 private:
  void Scale(double factor) {
    total.sum *= factor;
    total.compensation *= factor;
  }
  void MakeIncremental(double counted) {
    incremental = true;
    total.sum /= counted;
    total.compensation /= counted;
  }
};

}  // namespace varve::promql
