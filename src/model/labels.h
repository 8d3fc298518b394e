// A label set: sorted (name, value) pairs in one contiguous allocation.
//
//   [ uvarint name length ][ name ][ uvarint value length ][ value ] ...    sorted by name, each name once, no empty value
//
// Shape    immutable; copying copies one buffer, comparing walks two. An empty value is the same as an absent label.
// Threads  share freely.
// Source   prometheus model/labels (the stringlabels layout); order and hash are those of Prometheus and Thanos.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve {

inline constexpr std::string_view kMetricName = "__name__";
inline constexpr std::string_view kBucketLabel = "le";

struct LabelView {
  std::string_view name, value;
  friend auto operator<=>(const LabelView&, const LabelView&) = default;
};

class Labels {
 public:
  class Iterator;

  Labels() = default;
  // Sorts by name; of equal names the last one counts; empty values are dropped.
  Labels(std::initializer_list<LabelView> labels) : Labels(std::vector<LabelView>(labels)) {}
  explicit Labels(std::vector<LabelView> labels);
  // Takes pairs that are sorted already, without equal names or empty values (checked in debug builds).
  static Labels FromSorted(std::span<const LabelView> labels);

  Iterator begin() const;
  Iterator end() const;
  bool empty() const { return data_.empty(); }
  size_t size() const;                                // number of labels; walks the set
  std::string_view Get(std::string_view name) const;  // empty if absent
  bool Has(std::string_view name) const;

  uint64_t Hash() const;  // XXH64 over name 0xff value 0xff ..., as labels.Labels.Hash and Thanos' group hash
  // Hash over only the labels named (`names` sorted), or all but those and the metric name: grouping, matching, sharding.
  uint64_t HashOf(std::span<const std::string> names) const;
  uint64_t HashWithout(std::span<const std::string> names) const;

  // {a="1", __name__="x"} as Go's labels.Labels.String; names that are not plain are quoted.
  std::string ToString() const;
  size_t heap_bytes() const { return data_.capacity(); }

  friend bool operator==(const Labels& a, const Labels& b) { return a.data_ == b.data_; }
  // Pair by pair, names then values, bytewise; a prefix sorts first.
  friend std::strong_ordering operator<=>(const Labels& a, const Labels& b) { return a.Compare(b); }

 private:
  std::strong_ordering Compare(const Labels& other) const;
  std::string data_;
};

class Labels::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = LabelView;
  using difference_type = std::ptrdiff_t;
  using pointer = const LabelView*;
  using reference = const LabelView&;

  Iterator() = default;
  const LabelView& operator*() const { return label_; }
  const LabelView* operator->() const { return &label_; }
  Iterator& operator++() {
    at_ = next_;
    Read();
    return *this;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

 private:
  friend class Labels;
  Iterator(const char* at, const char* end) : at_(at), next_(at), end_(end) { Read(); }
  std::string_view ReadText();
  void Read() {
    if (next_ == end_) return;
    label_.name = ReadText();
    label_.value = ReadText();
  }
  const char* at_ = nullptr;    // start of the current pair
  const char* next_ = nullptr;  // start of the pair after it
  const char* end_ = nullptr;
  LabelView label_;
};

// Changes to a label set, then a new set.
class LabelsBuilder {
 public:
  LabelsBuilder() = default;
  explicit LabelsBuilder(const Labels& base) { Reset(base); }

  void Reset(const Labels& base);
  void Set(std::string_view name, std::string_view value);  // an empty value deletes
  void Del(std::string_view name);
  void Keep(std::span<const std::string> names);  // deletes all others
  // Deletes the pairs for which doomed(name, value) is true.
  template <typename Doomed>
  void DelIf(Doomed doomed) {
    std::erase_if(pairs_,
                  [&doomed](const auto& pair) { return doomed(std::string_view(pair.first), std::string_view(pair.second)); });
  }
  std::string_view Get(std::string_view name) const;
  // Calls visit(name, value) for the current pairs; a change made during the visit shows in later visits only.
  template <typename Visit>
  void ForEach(Visit visit) const {
    const auto pairs = pairs_;
    for (const auto& [name, value] : pairs) visit(std::string_view(name), std::string_view(value));
  }
  bool empty() const { return pairs_.empty(); }
  Labels Build() const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;  // sorted by name
};

inline Labels::Iterator Labels::begin() const { return Iterator(data_.data(), data_.data() + data_.size()); }
inline Labels::Iterator Labels::end() const {
  Iterator it;
  it.at_ = it.next_ = it.end_ = data_.data() + data_.size();
  return it;
}

inline std::string_view Labels::Iterator::ReadText() {
  size_t length = static_cast<uint8_t>(*next_++);
  if (length >= 0x80) {
    length &= 0x7f;
    for (int shift = 7;; shift += 7) {
      const auto byte = static_cast<uint8_t>(*next_++);
      length |= static_cast<size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
  }
  const std::string_view text(next_, length);
  next_ += length;
  return text;
}

}  // namespace varve
