#include "model/histogram_side.h"

#include <algorithm>

#include "model/histogram_bounds.h"
#include "model/span_cursor.h"

namespace varve {
namespace {

// The common case: both have the same buckets, so that nothing moves.
void AddInPlace(const HistogramSide& side, const ConstHistogramSide& addend, size_t skip, double sign) {
  if (side.compensation == nullptr) {
    for (size_t i = skip; i < addend.counts.size(); ++i) side.counts[i] += sign * addend.counts[i];
    return;
  }
  for (size_t i = skip; i < addend.counts.size(); ++i) {
    KahanSum value = side.At(i);
    value.Add(sign * addend.counts[i]);
    side.counts[i] = value.sum;
    (*side.compensation)[i] = value.compensation;
  }
}

}  // namespace

HistogramSide PositiveSide(FloatHistogram& histogram, FloatHistogram* compensation) {
  return {histogram.positive_spans, histogram.positive, compensation != nullptr ? &compensation->positive : nullptr};
}
HistogramSide NegativeSide(FloatHistogram& histogram, FloatHistogram* compensation) {
  return {histogram.negative_spans, histogram.negative, compensation != nullptr ? &compensation->negative : nullptr};
}
ConstHistogramSide PositiveSide(const FloatHistogram& histogram) { return {histogram.positive_spans, histogram.positive}; }
ConstHistogramSide NegativeSide(const FloatHistogram& histogram) { return {histogram.negative_spans, histogram.negative}; }

void SideWriter::Append(int64_t index, KahanSum value) {
  if (spans_.empty() || index != next_index_) {
    spans_.push_back({static_cast<int32_t>(index - next_index_), 0});
  }
  ++spans_.back().length;
  counts_.push_back(value.sum);
  if (compensated_) compensation_.push_back(value.compensation);
  next_index_ = index + 1;
}

void SideWriter::AppendEmpty(int64_t count) {
  for (; count > 0; --count) Append(next_index_, {});
}

void SideWriter::AddToLast(KahanSum value) {
  if (!compensated_) {
    counts_.back() += value.sum;
    return;
  }
  KahanSum last{counts_.back(), compensation_.back()};
  last.Add(value.sum);
  last.Add(value.compensation);
  counts_.back() = last.sum;
  compensation_.back() = last.compensation;
}

void SideWriter::MoveTo(const HistogramSide& side) {
  side.spans = std::move(spans_);
  side.counts = std::move(counts_);
  if (side.compensation != nullptr) *side.compensation = std::move(compensation_);
}

size_t BucketsWithin(const ConstHistogramSide& side, int32_t schema, double zero_threshold) {
  SpanCursor at(side.spans, side.counts.size());
  size_t count = 0;
  while (at.Next() && ExponentialBound(at.index(), schema) <= zero_threshold) ++count;
  return count;
}

void AddSide(const HistogramSide& side, const ConstHistogramSide& addend, size_t skip, double sign) {
  if (skip >= addend.counts.size()) return;
  if (side.counts.size() == addend.counts.size() && std::ranges::equal(side.spans, addend.spans)) {
    return AddInPlace(side, addend, skip, sign);
  }
  SideWriter out(side.compensation != nullptr, side.counts.size() + addend.counts.size());
  SpanCursor a(side.spans, side.counts.size()), b(addend.spans, addend.counts.size());
  bool has_a = a.Next(), has_b = b.Next();
  for (; skip > 0; --skip) has_b = b.Next();
  while (has_a || has_b) {
    const bool take_a = has_a && (!has_b || a.index() <= b.index());
    const bool take_b = has_b && (!has_a || b.index() <= a.index());
    const int64_t index = take_a ? a.index() : b.index();
    const double added = take_b ? sign * addend.counts[b.position()] : 0;
    KahanSum value = take_a ? side.At(a.position()) : KahanSum{added, 0};
    if (take_a && take_b) value.Add(added);
    out.Append(index, value);
    if (take_a) has_a = a.Next();
    if (take_b) has_b = b.Next();
  }
  out.MoveTo(side);
}

void ReduceSide(const HistogramSide& side, int32_t schema, int32_t target_schema) {
  SideWriter out(side.compensation != nullptr, side.counts.size());
  for (SpanCursor at(side.spans, side.counts.size()); at.Next();) {
    const int64_t index = IndexAtSchema(at.index(), schema, target_schema);
    if (!out.empty() && index + 1 == out.next_index()) {
      out.AddToLast(side.At(at.position()));
    } else {
      out.Append(index, side.At(at.position()));
    }
  }
  out.MoveTo(side);
}

void CompactSide(const HistogramSide& side, int64_t empty_max) {
  const bool has_empty = std::ranges::find(side.counts, 0) != side.counts.end();
  const bool has_small_gap = std::ranges::any_of(side.spans, [&](const HistogramSpan& span) {
    return span.length == 0 || (&span != &side.spans.front() && span.offset <= empty_max);
  });
  if (!has_empty && !has_small_gap) return;
  SideWriter out(side.compensation != nullptr, side.counts.size());
  for (SpanCursor at(side.spans, side.counts.size()); at.Next();) {
    const KahanSum value = side.At(at.position());
    if (value.sum == 0 && value.compensation == 0) continue;
    const int64_t gap = at.index() - out.next_index();
    if (!out.empty() && gap <= empty_max) out.AppendEmpty(gap);
    out.Append(at.index(), value);
  }
  out.MoveTo(side);
}

bool SameLayout(std::span<const HistogramSpan> a, std::span<const HistogramSpan> b) {
  // The next run of buckets that follow each other without a gap: its distance from the one before, and its length.
  const auto next_run = [](std::span<const HistogramSpan>& rest) {
    int64_t gap = 0;
    uint64_t length = 0;
    while (!rest.empty() && (length == 0 || rest.front().offset == 0)) {
      if (length == 0) gap += rest.front().offset;
      length += rest.front().length;
      rest = rest.subspan(1);
    }
    return std::pair(length == 0 ? 0 : gap, length);
  };
  while (!a.empty() || !b.empty()) {
    if (next_run(a) != next_run(b)) return false;
  }
  return true;
}

}  // namespace varve
