#include "promql/engine/select_operator.h"

#include <optional>
#include <utility>

#include "base/status_macros.h"

namespace varve::promql {
namespace {

class SelectOperator final : public Operator {
 public:
  explicit SelectOperator(std::unique_ptr<SeriesScan> scan)
      : Operator(scan->query(), scan->grid()), scan_(std::move(scan)), rounds_(*scan_) {}

  SeriesScan* scan() override { return scan_.get(); }
  std::string Describe() const override { return scan_->Describe(); }
  std::chrono::nanoseconds elapsed() const override { return scan_->elapsed(); }
  int64_t series_count() const override { return scan_->series_count(); }
  YieldedSamples yielded() const override { return scan_->yielded(); }
  int64_t samples_read() const override { return scan_->samples_read(); }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    while (at_ == ready_.size()) {
      VARVE_ASSIGN_OR_RETURN(const bool more, RunRound(ctx));
      if (!more) return false;
    }
    out = std::move(ready_[at_++]);
    return true;
  }

 private:
  struct TileResult {
    std::vector<StepSeries> series;
    Annotations annotations;
  };

  absl::StatusOr<bool> RunRound(const Context& ctx) {
    ready_.clear();
    at_ = 0;
    held_.reset();
    std::vector<TileResult> results(rounds_.tiles_max());
    const auto work = [&](const Context& task, size_t i, const SeriesTile& tile) {
      return scan_->Run(task, tile, results[i].annotations, [&](StepSeries& series) {
        results[i].series.push_back(std::move(series));
        return absl::OkStatus();
      });
    };
    VARVE_ASSIGN_OR_RETURN(const size_t tiles, rounds_.Run(ctx, work));
    held_.emplace(query(), ctx.memory());
    for (size_t i = 0; i < tiles; ++i) {
      query().annotations.MergeFrom(std::move(results[i].annotations));
      for (StepSeries& series : results[i].series) {
        VARVE_RETURN_IF_ERROR(held_->Add(series));
        ready_.push_back(std::move(series));
      }
    }
    return tiles > 0;
  }

  std::unique_ptr<SeriesScan> scan_;
  ScanRounds rounds_;
  std::vector<StepSeries> ready_;  // of the current round
  size_t at_ = 0;                  // the next of them
  std::optional<HeldSamples> held_;
};

}  // namespace

OperatorPtr NewSelectOperator(std::unique_ptr<SeriesScan> scan) { return std::make_unique<SelectOperator>(std::move(scan)); }

}  // namespace varve::promql
