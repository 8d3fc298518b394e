#include "promql/functions/histogram_sum.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/histogram_arithmetic.h"

namespace varve::promql {
namespace {

// True if a sum of any such histograms, however many buckets merge in it, is finite.
bool IsFarFromOverflow(const FloatHistogram& histogram) {
  constexpr double kFar = 1e290;
  const auto far = [](double value) { return std::fabs(value) < kFar; };
  return far(histogram.count) && far(histogram.sum) && far(histogram.zero_count) &&
         std::ranges::all_of(histogram.positive, far) && std::ranges::all_of(histogram.negative, far);
}

}  // namespace

void HistogramSum::SeeHint(CounterResetHint hint) {
  reset_seen_ |= hint == CounterResetHint::kReset;
  no_reset_seen_ |= hint == CounterResetHint::kNotReset;
}

void HistogramSum::Scale(double factor) {
  MultiplyHistogram(total_, factor);
  if (compensation_.has_value()) MultiplyHistogram(*compensation_, factor);
}

void HistogramSum::MakeIncremental(double counted) {
  incremental_ = true;
  DivideHistogram(total_, counted);
  if (compensation_.has_value()) DivideHistogram(*compensation_, counted);
}

bool HistogramSum::AddToTotal(const FloatHistogram& addend) {
  const absl::StatusOr<HistogramNotes> notes = KahanAddHistogram(total_, compensation_, addend);
  incompatible_ = !notes.ok();
  if (notes.ok()) bounds_reconciled_ |= notes->bounds_reconciled;
  return !incompatible_;
}

HistogramSum::Attempt HistogramSum::TryAddToTotal(const FloatHistogram& addend) {
  if (IsFarFromOverflow(total_) && IsFarFromOverflow(addend)) {
    return AddToTotal(addend) ? Attempt::kAdded : Attempt::kIncompatible;
  }
  FloatHistogram total = total_;
  std::optional<FloatHistogram> compensation = compensation_;
  if (!AddToTotal(addend)) return Attempt::kIncompatible;
  if (!HasOverflow(total_)) return Attempt::kAdded;
  total_ = std::move(total);
  compensation_ = std::move(compensation);
  return Attempt::kOverflow;
}

bool HistogramSum::Add(const FloatHistogram& histogram) {
  if (incompatible_) return false;
  SeeHint(histogram.reset_hint);
  if (++count_ == 1) {
    total_ = histogram;
    return true;
  }
  if (kind_ == HistogramTotal::kSum) return AddToTotal(histogram);
  if (!incremental_) {
    const Attempt attempt = TryAddToTotal(histogram);
    if (attempt != Attempt::kOverflow) return attempt == Attempt::kAdded;
    MakeIncremental(count_ - 1);
  }
  Scale((count_ - 1) / count_);
  FloatHistogram share = histogram;
  DivideHistogram(share, count_);
  return AddToTotal(share);
}

bool HistogramSum::Merge(HistogramSum&& later) {
  if (incompatible_) return false;
  if (later.empty()) return true;
  if (empty()) {
    *this = std::move(later);
    return !incompatible_;
  }
  reset_seen_ |= later.reset_seen_;
  no_reset_seen_ |= later.no_reset_seen_;
  bounds_reconciled_ |= later.bounds_reconciled_;
  incompatible_ = later.incompatible_;
  if (incompatible_) return false;
  const double earlier_count = std::exchange(count_, count_ + later.count_);
  const auto add_compensation = [&] { return !later.compensation_.has_value() || AddToTotal(*later.compensation_); };
  if (kind_ == HistogramTotal::kSum) return AddToTotal(later.total_) && add_compensation();
  if (!incremental_ && !later.incremental_) {
    const Attempt attempt = TryAddToTotal(later.total_);
    if (attempt == Attempt::kIncompatible) return false;
    if (attempt == Attempt::kAdded) return add_compensation();
  }
  if (!incremental_) MakeIncremental(earlier_count);
  if (!later.incremental_) later.MakeIncremental(later.count_);
  Scale(earlier_count / count_);
  later.Scale(later.count_ / count_);
  return AddToTotal(later.total_) && add_compensation();
}

FloatHistogram HistogramSum::Finish() && {
  if (kind_ == HistogramTotal::kMean && !incremental_) MakeIncremental(count_);
  // The compensation has the total's layout, so that this cannot fail.
  if (compensation_.has_value()) AddHistogram(total_, *compensation_).IgnoreError();
  return std::move(total_);
}

size_t HistogramSum::heap_bytes() const {
  return total_.heap_bytes() + (compensation_.has_value() ? compensation_->heap_bytes() : 0);
}

}  // namespace varve::promql
