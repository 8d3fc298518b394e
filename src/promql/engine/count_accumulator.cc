// count and group: how many samples a group has, of either kind, or whether it has any.
#include <algorithm>

#include "promql/engine/accumulator.h"

namespace varve::promql {
namespace {

class CountAccumulator final : public Accumulator {
 public:
  explicit CountAccumulator(const Aggregation& aggregation) : counts_(aggregation.steps) {}

  void Add(const StepSeries& series, Annotations&) override {
    series.present.ForEach([this](size_t step) { ++counts_[step]; });
  }
  void Merge(Accumulator& later, Annotations&) override {
    const auto& other = static_cast<CountAccumulator&>(later);
    for (size_t step = 0; step < counts_.size(); ++step) counts_[step] += other.counts_[step];
  }
  void Finish(StepSeries& out, Annotations&) override {
    for (size_t step = 0; step < counts_.size(); ++step) {
      if (counts_[step] > 0) out.SetFloat(step, static_cast<double>(counts_[step]));
    }
  }
  int64_t heap_bytes() const override { return static_cast<int64_t>(counts_.capacity() * sizeof(uint32_t)); }

 private:
  std::vector<uint32_t> counts_;
};

class GroupAccumulator final : public Accumulator {
 public:
  explicit GroupAccumulator(const Aggregation& aggregation) : seen_(aggregation.steps) {}

  void Add(const StepSeries& series, Annotations&) override { seen_ |= series.present; }
  void Merge(Accumulator& later, Annotations&) override { seen_ |= static_cast<GroupAccumulator&>(later).seen_; }
  void Finish(StepSeries& out, Annotations&) override {
    std::fill(out.values.begin(), out.values.end(), 1);
    out.present = seen_;
  }
  int64_t heap_bytes() const override { return static_cast<int64_t>(seen_.heap_bytes()); }

 private:
  StepMask seen_;
};

}  // namespace

AccumulatorPtr NewCountAccumulator(const Aggregation& aggregation) {
  if (aggregation.op == AggregateOp::kGroup) return std::make_unique<GroupAccumulator>(aggregation);
  return std::make_unique<CountAccumulator>(aggregation);
}

}  // namespace varve::promql
