#include "storage/dedup.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/errors.h"
#include "storage/sample_cursor.h"

namespace varve {
namespace {

constexpr TimestampMs kInitialPenaltyMs = 5000;

TimestampMs SaturatingAdd(TimestampMs time, TimestampMs by) {
  TimestampMs sum;
  return __builtin_add_overflow(time, by, &sum) ? kMaxTimestamp : sum;
}

// Two inputs under one roof. The left one is a replica or, above the first level, another merge; the right one is a replica.
// `lift` says whether floats are lifted when the side changes.
template <typename Left, typename Cursor>
class PenaltyMerge {
 public:
  PenaltyMerge(Left& left, Cursor& right, bool lift) : left_(left), right_(right), lift_(lift) {
    left_live_ = left_.valid();
    right_live_ = right_.valid();
  }

  // A merge used as an input stands on its first sample only after the first Next().
  bool valid() const { return use_left_ ? left_live_ : right_live_; }
  TimestampMs time() const { return use_left_ ? left_.time() : right_.time(); }
  bool is_float() const { return use_left_ ? left_.is_float() : right_.is_float(); }
  double value() const { return use_left_ ? left_.value() : right_.value(); }
  void Emit(SeriesSamples& out) { use_left_ ? left_.Emit(out) : right_.Emit(out); }

  void Next() {
    const bool used_left = use_left_;
    const bool had_float = valid() && is_float();
    const double last = lift_ && had_float ? value() : 0;
    Choose();
    if (lift_ && had_float && use_left_ != used_left) Lift(last);
  }
  // By steps, never by leaps: what was skipped decides about the penalties.
  void Seek(TimestampMs time) {
    while (valid() && this->time() < time) Next();
  }
  void Lift(double last) {
    if (left_live_ && left_.is_float()) left_.Lift(last);
    if (right_live_ && right_.is_float()) right_.Lift(last);
  }

 private:
  void Choose() {
    if (last_time_ == kMaxTimestamp) left_live_ = right_live_ = false;
    if (left_live_) {
      left_.Seek(After(left_penalty_));
      left_live_ = left_.valid();
    }
    if (right_live_) {
      right_.Seek(After(right_penalty_));
      right_live_ = right_.valid();
    }
    if (!left_live_ || !right_live_) {
      use_left_ = left_live_;
      if (valid()) Take(time());
      return;
    }
    use_left_ = left_.time() <= right_.time();
    const TimestampMs picked = time();
    (use_left_ ? right_penalty_ : left_penalty_) = last_time_ == kMinTimestamp ? kInitialPenaltyMs : TwiceTheStepTo(picked);
    Take(picked);
  }
  TimestampMs TwiceTheStepTo(TimestampMs picked) const {
    TimestampMs step;
    if (__builtin_sub_overflow(picked, last_time_, &step)) return kMaxTimestamp;
    return SaturatingAdd(step, step);
  }
  TimestampMs After(TimestampMs penalty) const {
    return SaturatingAdd(last_time_ + 1, penalty);
  }  // last_time_ is not the maximum
  void Take(TimestampMs picked) {
    (use_left_ ? left_penalty_ : right_penalty_) = 0;
    last_time_ = picked;
  }

  Left& left_;
  Cursor& right_;
  const bool lift_;
  bool left_live_, right_live_;
  bool use_left_ = true;
  TimestampMs last_time_ = kMinTimestamp;
  TimestampMs left_penalty_ = 0, right_penalty_ = 0;
};

// Merges `merge` with the replicas still to come. Each level is a type of its own, so that two or three replicas, the usual
// number, compile to straight loops. Past kDepthMax the result so far is written out and counts as one replica.
constexpr int kDepthMax = 8;

template <typename Cursor>
SeriesSamples MergeByPenalty(SeriesSamples first, std::span<SeriesSamples> rest, bool lift);

template <int kDepth, typename Cursor, typename Merge>
SeriesSamples MergeRest(Merge& merge, size_t expected, std::span<SeriesSamples> rest, bool lift) {
  if constexpr (kDepth < kDepthMax) {
    if (!rest.empty()) {
      Cursor next(rest.front());
      PenaltyMerge<Merge, Cursor> wider(merge, next, lift);
      wider.Next();
      return MergeRest<kDepth + 1, Cursor>(wider, expected, rest.subspan(1), lift);
    }
  }
  SeriesSamples out;
  out.floats.times.reserve(expected);
  out.floats.values.reserve(expected);
  for (; merge.valid(); merge.Next()) merge.Emit(out);
  return rest.empty() ? std::move(out) : MergeByPenalty<Cursor>(std::move(out), rest, lift);
}

template <typename Cursor>
SeriesSamples MergeByPenalty(SeriesSamples first, std::span<SeriesSamples> rest, bool lift) {
  Cursor cursor(first);
  return MergeRest<1, Cursor>(cursor, first.floats.size(), rest, lift);
}

SeriesSamples MergeByUnion(std::span<SeriesSamples> replicas) {
  std::vector<MixedCursor> cursors(replicas.begin(), replicas.end());
  SeriesSamples out;
  while (true) {
    MixedCursor* first = nullptr;
    for (MixedCursor& cursor : cursors) {
      if (cursor.valid() && (first == nullptr || cursor.time() < first->time())) first = &cursor;
    }
    if (first == nullptr) return out;
    const TimestampMs time = first->time();
    first->Emit(out);
    for (MixedCursor& cursor : cursors) {
      while (cursor.valid() && cursor.time() == time) cursor.Next();
    }
  }
}

}  // namespace

absl::StatusOr<DedupAlgorithm> ParseDedupAlgorithm(std::string_view name) {
  if (name == "penalty") return DedupAlgorithm::kPenalty;
  if (name == "chain") return DedupAlgorithm::kChain;
  return InvalidArgument("unknown de-duplication function \"{}\": use penalty or chain", name);
}

bool IsCounterFunction(std::string_view function) {
  return function == "increase" || function == "rate" || function == "irate" || function == "resets";
}

SeriesSamples Deduplicate(DedupAlgorithm algorithm, std::vector<SeriesSamples> replicas, bool counter) {
  if (replicas.empty()) return SeriesSamples();
  if (replicas.size() == 1) return std::move(replicas.front());
  if (algorithm == DedupAlgorithm::kChain) return MergeByUnion(replicas);
  const bool floats_only =
      std::all_of(replicas.begin(), replicas.end(), [](const SeriesSamples& one) { return one.histograms.empty(); });
  const std::span<SeriesSamples> rest = std::span(replicas).subspan(1);
  return floats_only ? MergeByPenalty<FloatCursor>(std::move(replicas.front()), rest, counter)
                     : MergeByPenalty<MixedCursor>(std::move(replicas.front()), rest, counter);
}

}  // namespace varve
