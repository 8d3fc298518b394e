// stddev and stdvar, by Welford's method; parts are merged by Chan's formula.
#include <cmath>

#include "promql/engine/visit_floats.h"

namespace varve::promql {
namespace {

class VarianceAccumulator final : public Accumulator {
 public:
  explicit VarianceAccumulator(const Aggregation& aggregation) : aggregation_(aggregation), moments_(aggregation.steps) {}

  void Add(const StepSeries& series, Annotations& annotations) override {
    VisitFloats(aggregation_, series, annotations, [this](size_t step, double value) { moments_[step].Add(value); });
  }
  void Merge(Accumulator& later, Annotations&) override {
    const auto& other = static_cast<VarianceAccumulator&>(later);
    for (size_t step = 0; step < moments_.size(); ++step) moments_[step].Merge(other.moments_[step]);
  }
  void Finish(StepSeries& out, Annotations&) override {
    const bool deviation = aggregation_.op == AggregateOp::kStddev;
    for (size_t step = 0; step < moments_.size(); ++step) {
      const Moments& moments = moments_[step];
      if (moments.count == 0) continue;
      const double variance = moments.squares / moments.count;
      out.SetFloat(step, deviation ? std::sqrt(variance) : variance);
    }
  }
  int64_t heap_bytes() const override { return static_cast<int64_t>(moments_.capacity() * sizeof(Moments)); }

 private:
  struct Moments {
    double count = 0;
    double mean = 0;
    double squares = 0;  // of the distances from the mean

    void Add(double value) {
      if (++count == 1) {
        mean = value;
        squares = std::isfinite(value) ? 0 : NAN;
        return;
      }
      const double delta = value - mean;
      mean += delta / count;
      squares += delta * (value - mean);
    }
    void Merge(const Moments& other) {
      if (other.count == 0) return;
      if (count == 0) {
        *this = other;
        return;
      }
      const double total = count + other.count, delta = other.mean - mean;
      squares += other.squares + delta * delta * (count * other.count / total);
      mean += delta * (other.count / total);
      count = total;
    }
  };

  const Aggregation& aggregation_;
  std::vector<Moments> moments_;
};

}  // namespace

AccumulatorPtr NewVarianceAccumulator(const Aggregation& aggregation) {
  return std::make_unique<VarianceAccumulator>(aggregation);
}

}  // namespace varve::promql
