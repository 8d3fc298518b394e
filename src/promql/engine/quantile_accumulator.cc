// quantile: keeps the values of all series of a group until the end.
#include <utility>

#include "promql/engine/visit_floats.h"
#include "promql/functions/quantile.h"

namespace varve::promql {
namespace {

class QuantileAccumulator final : public Accumulator {
 public:
  explicit QuantileAccumulator(const Aggregation& aggregation) : aggregation_(aggregation) {}

  void Add(const StepSeries& series, Annotations& annotations) override {
    Column column = {.present = StepMask(aggregation_.steps), .values = series.values};
    VisitFloats(aggregation_, series, annotations, [&](size_t step, double) { column.present.Set(step); });
    columns_.push_back(std::move(column));
  }
  void Merge(Accumulator& later, Annotations&) override {
    auto& other = static_cast<QuantileAccumulator&>(later);
    columns_.insert(columns_.end(), std::make_move_iterator(other.columns_.begin()),
                    std::make_move_iterator(other.columns_.end()));
  }
  void Finish(StepSeries& out, Annotations&) override {
    std::vector<double> values;
    for (size_t step = 0; step < aggregation_.steps; ++step) {
      values.clear();
      for (const Column& column : columns_) {
        if (column.present.Test(step)) values.push_back(column.values[step]);
      }
      if (!values.empty()) out.SetFloat(step, Quantile(aggregation_.param[step], values));
    }
  }
  int64_t heap_bytes() const override {
    return static_cast<int64_t>(columns_.size() * (sizeof(Column) + aggregation_.steps * sizeof(double)));
  }

 private:
  struct Column {  // one series
    StepMask present;
    StepValues values;
  };

  const Aggregation& aggregation_;
  std::vector<Column> columns_;
};

}  // namespace

AccumulatorPtr NewQuantileAccumulator(const Aggregation& aggregation) {
  return std::make_unique<QuantileAccumulator>(aggregation);
}

}  // namespace varve::promql
