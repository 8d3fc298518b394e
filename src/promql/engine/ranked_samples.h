// The k best samples of a group at one step.
#pragma once

#include <cstdint>
#include <vector>

#include "promql/ast.h"
#include "promql/engine/step_series.h"

namespace varve::promql {

struct RankedSample {
  double value = 0;
  HistogramPtr histogram;  // limitk only
  uint32_t series = 0;     // whose it is
};

class RankedSamples {
 public:
  // Takes `sample` if it is among the `k` best for topk or bottomk, or the first `k` for limitk. False if not.
  bool Offer(RankedSample sample, int64_t k, AggregateOp op);

  size_t size() const { return heap_.size(); }
  const std::vector<RankedSample>& samples() const { return heap_; }  // in no order
  const std::vector<RankedSample>& Ranked(AggregateOp op);            // best first

 private:
  void Up(size_t at, bool top);
  void Down(size_t at, bool top);

  std::vector<RankedSample> heap_;  // the worst first
};

}  // namespace varve::promql
