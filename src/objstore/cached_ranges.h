// Which requests fill the holes that a cache has left in a row of equal pieces.
//
//   pieces   [ there ][ - ][ - ][ there ][ - ][ there ]
//   plan              [  0    1 ]        [  4 ]            as few requests as allowed: the narrowest gaps are read along
//
// Source   thanos pkg/store/cache/caching_bucket.go mergeRanges.
#pragma once

#include <cstddef>
#include <vector>

namespace varve {

struct PieceRun {
  size_t first = 0, last = 0;  // pieces [first, last)
  friend bool operator==(const PieceRun&, const PieceRun&) = default;
};

// The runs that cover every missing piece, at most `runs_max` of them (0: no limit), in order.
std::vector<PieceRun> PlanMissingPieces(const std::vector<bool>& is_there, size_t runs_max);

}  // namespace varve
