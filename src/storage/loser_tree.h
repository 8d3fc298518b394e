// Picks the smallest of k sorted sources again and again, with log2(k) comparisons a step: a tournament that remembers, in
// each inner node, who lost there.
//
//   LoserTree tree(sources.size(), [&](size_t a, size_t b) { return sources[a].key < sources[b].key; });
//   while (!sources[tree.winner()].done()) { Use(sources[tree.winner()]); sources[tree.winner()].Advance(); tree.Replay(); }
//
// Shape    players are numbered 0..k-1 and live with the caller. `less` puts exhausted players last; of equal players the
//          tree promises no order, so let `less` compare the numbers where that matters.
// Source   Knuth, TAOCP 3, 5.4.1.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.h"

namespace varve {

template <typename Less>
class LoserTree {
 public:
  LoserTree(size_t players, Less less) : less_(std::move(less)), players_(players), losers_(players) {
    VARVE_CHECK(players > 0);
    std::vector<size_t> winners(2 * players);  // node i has the children 2i and 2i+1; the leaves are the upper half
    for (size_t i = 0; i < players; ++i) winners[players + i] = i;
    for (size_t node = players - 1; node > 0; --node) {
      size_t winner = winners[2 * node];
      size_t loser = winners[2 * node + 1];
      if (less_(loser, winner)) std::swap(winner, loser);
      winners[node] = winner;
      losers_[node] = loser;
    }
    losers_[0] = winners[1];  // for a single player node 1 is its leaf
  }

  size_t winner() const { return losers_[0]; }

  // Finds the next winner after the current one's key has changed.
  void Replay() {
    size_t winner = losers_[0];
    for (size_t node = (players_ + winner) / 2; node > 0; node /= 2) {
      if (less_(losers_[node], winner)) std::swap(losers_[node], winner);
    }
    losers_[0] = winner;
  }

 private:
  Less less_;
  size_t players_;
  std::vector<size_t> losers_;  // [0] is the winner of all
};

}  // namespace varve
