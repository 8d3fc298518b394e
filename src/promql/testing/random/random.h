// A small random generator whose numbers are the same on every machine, so that a seed replays what it found.
//
// Threads  one at a time.
// Source   splitmix64, Steele, Lea and Flood 2014.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace varve::promql {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t bits = state_;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
  }
  size_t Below(size_t bound) { return static_cast<size_t>(Next() % bound); }  // 0 to bound - 1
  int64_t Between(int64_t low, int64_t high) { return low + static_cast<int64_t>(Below(static_cast<size_t>(high - low + 1))); }
  bool Percent(int percent) { return Below(100) < static_cast<size_t>(percent); }  // true in so many cases of a hundred

  template <typename T>
  const T& Pick(std::initializer_list<T> choices) {
    return *(choices.begin() + Below(choices.size()));
  }
  template <typename List>
  const auto& PickOf(const List& choices) {
    return choices[Below(choices.size())];
  }

 private:
  uint64_t state_;
};

}  // namespace varve::promql
