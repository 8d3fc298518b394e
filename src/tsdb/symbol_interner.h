// Collects the strings of an index while its series stream by, and numbers them in order at the end.
//
// Shape    a string gets a provisional number when it is first seen; Seal() fixes the order of the file.
// Threads  one at a time.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace varve {

class SymbolInterner {
 public:
  uint32_t Intern(std::string_view text);
  std::string_view TextOf(uint32_t provisional) const { return texts_[provisional]; }
  size_t size() const { return texts_.size(); }

  void Seal();                                                     // after the last Intern
  const std::vector<uint32_t>& sorted() const { return sorted_; }  // provisional numbers in the order of their texts
  uint32_t RankOf(uint32_t provisional) const { return ranks_[provisional]; }

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const;
  };
  struct TextEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };
  std::deque<std::string> texts_;
  absl::flat_hash_map<std::string_view, uint32_t, TextHash, TextEqual> numbers_;  // views into texts_
  std::vector<uint32_t> sorted_;
  std::vector<uint32_t> ranks_;
};

}  // namespace varve
