#include "promql/engine/shared_operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status_macros.h"

namespace varve::promql {
namespace {

// Of the query's limits, what may be kept for others at most; and without a limit so much.
constexpr int64_t kShareOfLimit = 8;
constexpr int64_t kBytesMax = 256 << 20;

}  // namespace

class SharedSeries {
 public:
  explicit SharedSeries(size_t number) : number_(number) {}

  size_t number() const { return number_; }
  void AddUser() { ++users_; }

  bool complete() const { return state_ == State::kComplete; }
  // True for the first caller, if there will be others.
  bool StartKeeping(QueryState& query, SampleTally& tally, MemoryBudget* memory) {
    if (state_ != State::kFresh || users_ < 2) return false;
    state_ = State::kKeeping;
    tally_ = &tally;
    const bool limited = memory != nullptr && memory->limit() > 0;
    bytes_left_ = limited ? memory->limit() / kShareOfLimit : kBytesMax;
    samples_left_ = query.options.samples_max / kShareOfLimit;
    held_.emplace(query, memory);
    return true;
  }
  bool keeping() const { return state_ == State::kKeeping; }

  void Keep(const StepSeries& series, int shift, Annotations annotations) {
    annotations_.MergeFrom(std::move(annotations).Shifted(-shift));
    const int64_t bytes = series.heap_bytes() + static_cast<int64_t>(sizeof(StepSeries)), samples = series.SampleCount();
    bytes_left_ -= bytes;
    samples_left_ -= samples;
    if (bytes_left_ < 0 || samples_left_ < 0 || !held_->Add(samples, bytes).ok()) return Abandon();
    series_.push_back(series);
  }
  void KeepEnd(int shift, Annotations annotations) {
    annotations_.MergeFrom(std::move(annotations).Shifted(-shift));
    state_ = State::kComplete;
  }

  const std::vector<StepSeries>& series() const { return series_; }
  const Annotations& annotations() const { return annotations_; }
  SampleTally& tally() const { return *tally_; }
  // A user is through; after the last one nothing is kept.
  void RemoveUser() {
    if (--users_ <= 1) Abandon();
  }

 private:
  enum class State { kFresh, kKeeping, kComplete, kAbandoned };

  void Abandon() {
    state_ = State::kAbandoned;
    series_ = {};
    held_.reset();
  }

  const size_t number_;
  int users_ = 0;
  State state_ = State::kFresh;
  int64_t bytes_left_ = 0, samples_left_ = 0;
  std::vector<StepSeries> series_;
  Annotations annotations_;       // with the positions of the first part
  SampleTally* tally_ = nullptr;  // of whoever keeps them
  std::optional<HeldSamples> held_;
};

namespace {

class SharedOperator final : public Operator {
 public:
  SharedOperator(QueryState& query, OperatorPtr input, std::shared_ptr<SharedSeries> shared, int shift, bool one_series,
                 SampleTally& tally)
      : Operator(query, input->grid()),
        input_(std::move(input)),
        shared_(std::move(shared)),
        shift_(shift),
        one_series_(one_series),
        tally_(tally) {
    shared_->AddUser();
  }

  std::string Describe() const override { return fmt::format("shared #{}", shared_->number()); }
  std::vector<const Operator*> Inputs() const override { return {input_.get()}; }

 protected:
  absl::StatusOr<bool> DoNext(const Context& ctx, StepSeries& out) override {
    if (mode_ == Mode::kUndecided) Decide(ctx);
    switch (mode_) {
      case Mode::kRepeat: return Repeat(out);
      case Mode::kKeep: return Keep(ctx, out);
      default: return input_->Next(ctx, out);
    }
  }

 private:
  enum class Mode { kUndecided, kCompute, kKeep, kRepeat };

  void Decide(const Context& ctx) {
    if (shared_->complete()) {
      mode_ = Mode::kRepeat;
      query().annotations.MergeFrom(Annotations(shared_->annotations()).Shifted(shift_));
      tally_.CountAs(shared_->tally());
    } else {
      mode_ = shared_->StartKeeping(query(), tally_, ctx.memory()) ? Mode::kKeep : Mode::kCompute;
    }
  }

  bool Repeat(StepSeries& out) {
    if (done_) return false;
    if (at_ == shared_->series().size()) {
      done_ = true;
      shared_->RemoveUser();
      return false;
    }
    out = shared_->series()[at_++];
    return true;
  }

  absl::StatusOr<bool> Keep(const Context& ctx, StepSeries& out) {
    // What the input has to say is caught, and passed on at once.
    Annotations caught;
    std::swap(query().annotations, caught);
    const absl::StatusOr<bool> more = input_->Next(ctx, out);
    std::swap(query().annotations, caught);
    query().annotations.MergeFrom(Annotations(caught));
    if (!more.ok() || !shared_->keeping()) return more;
    if (*more) {
      shared_->Keep(out, shift_, std::move(caught));
      if (one_series_ && shared_->keeping()) shared_->KeepEnd(shift_, {});
    } else {
      shared_->KeepEnd(shift_, std::move(caught));
    }
    return more;
  }

  OperatorPtr input_;
  const std::shared_ptr<SharedSeries> shared_;
  const int shift_;
  const bool one_series_;
  SampleTally& tally_;
  Mode mode_ = Mode::kUndecided;
  size_t at_ = 0;
  bool done_ = false;
};

}  // namespace

std::shared_ptr<SharedSeries> NewSharedSeries(size_t number) { return std::make_shared<SharedSeries>(number); }

OperatorPtr NewSharedOperator(QueryState& query, OperatorPtr input, std::shared_ptr<SharedSeries> shared, int shift,
                              bool one_series, SampleTally& tally) {
  return std::make_unique<SharedOperator>(query, std::move(input), std::move(shared), shift, one_series, tally);
}

}  // namespace varve::promql
