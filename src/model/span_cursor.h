// Walks the bucket indexes that spans describe, together with the positions of their counts.
//
//   for (SpanCursor at(spans, counts.size()); at.Next();) Use(at.index(), counts[at.position()]);
//
// Shape    spans of length 0 and counts that do not fit the spans are taken as they come: a walk ends where either ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/histogram.h"

namespace varve {

class SpanCursor {
 public:
  SpanCursor(std::span<const HistogramSpan> spans, size_t count) : spans_(spans), count_(count) {}

  bool Next() {
    if (next_ == count_) return false;
    ++index_;
    while (left_in_span_ == 0) {
      if (spans_.empty()) return false;
      index_ += spans_.front().offset;
      left_in_span_ = spans_.front().length;
      spans_ = spans_.subspan(1);
    }
    --left_in_span_;
    ++next_;
    return true;
  }
  int64_t index() const { return index_; }
  size_t position() const { return next_ - 1; }

 private:
  std::span<const HistogramSpan> spans_;
  size_t count_;
  size_t next_ = 0;
  int64_t index_ = -1;
  uint32_t left_in_span_ = 0;
};

// The same from the last bucket to the first.
class ReverseSpanCursor {
 public:
  ReverseSpanCursor(std::span<const HistogramSpan> spans, size_t count) : spans_(spans), position_(count) {
    for (const HistogramSpan& span : spans) index_ += int64_t{span.offset} + span.length;
  }

  bool Next() {
    if (position_ == 0) return false;
    --index_;
    while (left_in_span_ == 0) {
      if (spans_.empty()) return false;
      index_ -= gap_after_;
      left_in_span_ = spans_.back().length;
      gap_after_ = spans_.back().offset;
      spans_ = spans_.first(spans_.size() - 1);
    }
    --left_in_span_;
    --position_;
    return true;
  }
  int64_t index() const { return index_; }
  size_t position() const { return position_; }

 private:
  std::span<const HistogramSpan> spans_;
  size_t position_;
  int64_t index_ = 0;
  int64_t gap_after_ = 0;
  uint32_t left_in_span_ = 0;
};

}  // namespace varve
