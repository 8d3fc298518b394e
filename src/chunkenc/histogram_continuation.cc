#include "chunkenc/histogram_continuation.h"

#include <cstdint>
#include <utility>

#include "model/sample.h"

namespace varve {
namespace {

using Spans = std::vector<HistogramSpan>;

// Walks over the buckets of spans.
class BucketWalk {
 public:
  explicit BucketWalk(const Spans& spans) : spans_(spans) { Enter(); }

  bool done() const { return span_ == spans_.size(); }
  int64_t index() const { return index_; }
  size_t position() const { return position_; }  // among the counts
  void Next() {
    ++index_;
    ++position_;
    ++in_span_;
    if (in_span_ == spans_[span_].length) {
      ++span_;
      Enter();
    }
  }

 private:
  void Enter() {  // to the first bucket of span_ or of a later one
    for (in_span_ = 0; span_ < spans_.size(); ++span_) {
      index_ += spans_[span_].offset;
      if (spans_[span_].length > 0) return;
    }
  }
  const Spans& spans_;
  size_t span_ = 0;
  uint32_t in_span_ = 0;
  size_t position_ = 0;
  int64_t index_ = 0;
};

// What one side of two histograms comes to.
struct SideMatch {
  bool reset = false;
  bool adds = false;   // `next` has buckets that `last` has not
  bool lacks = false;  // and the other way round
  Spans both;
};

void AddBucket(Spans& spans, int64_t index, int64_t& end) {
  if (!spans.empty() && index == end) {
    ++spans.back().length;
  } else {
    spans.push_back({.offset = static_cast<int32_t>(index - end), .length = 1});
  }
  end = index + 1;
}

SideMatch MatchSide(const Spans& last, const std::vector<double>& last_counts, const Spans& next,
                    const std::vector<double>& next_counts, bool gauge) {
  SideMatch match;
  int64_t end = 0;
  BucketWalk a(last), b(next);
  while (!a.done() || !b.done()) {
    if (b.done() || (!a.done() && a.index() < b.index())) {
      match.lacks = true;
      match.reset |= last_counts[a.position()] != 0;
      AddBucket(match.both, a.index(), end);
      a.Next();
    } else if (a.done() || b.index() < a.index()) {
      match.adds = true;
      AddBucket(match.both, b.index(), end);
      b.Next();
    } else {
      match.reset |= last_counts[a.position()] > next_counts[b.position()];
      AddBucket(match.both, a.index(), end);
      a.Next();
      b.Next();
    }
  }
  if (gauge) match.reset = false;
  return match;
}

void WidenSide(const Spans& to, const Spans& from, std::vector<double>& counts) {
  std::vector<double> wide;
  BucketWalk old(from);
  for (BucketWalk walk(to); !walk.done(); walk.Next()) {
    const bool had = !old.done() && old.index() == walk.index();
    wide.push_back(had ? counts[old.position()] : 0);
    if (had) old.Next();
  }
  counts = std::move(wide);
}

Continuation NewChunk(CounterResetHint header) { return {.kind = Continuation::Kind::kNewChunk, .header = header}; }

Continuation MatchBuckets(const FloatHistogram& last, const FloatHistogram& next, bool gauge) {
  if (gauge && last.positive_spans == next.positive_spans && last.negative_spans == next.negative_spans) return {};
  SideMatch positive = MatchSide(last.positive_spans, last.positive, next.positive_spans, next.positive, gauge);
  SideMatch negative = MatchSide(last.negative_spans, last.negative, next.negative_spans, next.negative, gauge);
  if (positive.reset || negative.reset) return NewChunk(CounterResetHint::kReset);
  if (!positive.adds && !negative.adds) return {};
  // Upstream keeps the spans as the new histogram spells them wherever no bucket has to be added to it.
  const bool gauge_lacks = gauge && (positive.lacks || negative.lacks);
  Continuation wide{.kind = Continuation::Kind::kWidens};
  wide.positive_spans = positive.lacks || gauge_lacks ? std::move(positive.both) : next.positive_spans;
  wide.negative_spans = negative.lacks || gauge_lacks ? std::move(negative.both) : next.negative_spans;
  return wide;
}

}  // namespace

Continuation Continue(const FloatHistogram& last, bool last_is_gauge, const FloatHistogram& next) {
  const bool gauge = next.reset_hint == CounterResetHint::kGauge;
  if (gauge) {
    if (!last_is_gauge) return NewChunk(CounterResetHint::kGauge);
  } else {
    if (next.reset_hint == CounterResetHint::kReset) return NewChunk(CounterResetHint::kReset);
    if (last_is_gauge) return NewChunk(CounterResetHint::kUnknown);
  }
  const CounterResetHint unknown = gauge ? CounterResetHint::kGauge : CounterResetHint::kUnknown;
  const CounterResetHint reset = gauge ? CounterResetHint::kGauge : CounterResetHint::kReset;
  if (IsStaleNan(next.sum)) return {};
  if (IsStaleNan(last.sum)) return NewChunk(unknown);
  if (!gauge && next.count < last.count) return NewChunk(reset);
  if (next.schema != last.schema || next.zero_threshold != last.zero_threshold) return NewChunk(unknown);
  if (next.uses_custom_buckets() && next.custom_values != last.custom_values) return NewChunk(reset);
  if (!gauge && next.zero_count < last.zero_count) return NewChunk(reset);
  return MatchBuckets(last, next, gauge);
}

void WidenTo(const std::vector<HistogramSpan>& positive_spans, const std::vector<HistogramSpan>& negative_spans,
             FloatHistogram& histogram) {
  if (histogram.positive_spans != positive_spans) WidenSide(positive_spans, histogram.positive_spans, histogram.positive);
  if (histogram.negative_spans != negative_spans) WidenSide(negative_spans, histogram.negative_spans, histogram.negative);
  histogram.positive_spans = positive_spans;
  histogram.negative_spans = negative_spans;
}

}  // namespace varve
