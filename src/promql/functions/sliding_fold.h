// Folds windows that overlap with an associative operation, three operations a sample however long the windows are.
//
//   values   . . . [ suffix[i] = fold(i .. middle) ][ prefix = fold(middle .. end) ] . . .
//   window           [ begin                                                  end ]         = suffix[begin] + prefix
//
// Shape    begin and end of the windows never go back. When a window has left the middle behind, its end is the new middle.
// Source   known as the two-stack queue, or van Herk / Gil-Werman filtering.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "promql/functions/function.h"

namespace varve::promql {

template <typename Combine>
class SlidingFold {
 public:
  explicit SlidingFold(std::span<const double> values) : values_(values), suffix_(values.size()) {}

  double Fold(Window window) {  // not empty
    if (window.begin >= middle_) {
      middle_ = prefix_end_ = window.end;
      double fold = values_[middle_ - 1];
      suffix_[middle_ - 1] = fold;
      for (size_t i = middle_ - 1; i-- > window.begin;) suffix_[i] = fold = combine_(values_[i], fold);
      return fold;
    }
    for (; prefix_end_ < window.end; ++prefix_end_) {
      prefix_ = prefix_end_ == middle_ ? values_[prefix_end_] : combine_(prefix_, values_[prefix_end_]);
    }
    return prefix_end_ == middle_ ? suffix_[window.begin] : combine_(suffix_[window.begin], prefix_);
  }

 private:
  const std::span<const double> values_;
  std::vector<double> suffix_;
  size_t middle_ = 0, prefix_end_ = 0;
  double prefix_ = 0;
  [[no_unique_address]] Combine combine_;
};

// Whether the windows share so many samples that a SlidingFold is worth its preparation.
inline bool OverlapMuch(std::span<const Window> windows, size_t samples) {
  size_t total = 0;
  for (const Window& window : windows) total += window.size();
  return total > 4 * samples;
}

}  // namespace varve::promql
