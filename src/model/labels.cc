#include "model/labels.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "base/hash.h"
#include "model/names.h"
#include "model/quote.h"

namespace varve {
namespace {

size_t UvarintSize(size_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

size_t EncodedSize(std::string_view text) { return UvarintSize(text.size()) + text.size(); }

void AppendText(std::string& data, std::string_view text) {
  size_t length = text.size();
  for (; length >= 0x80; length >>= 7) data.push_back(static_cast<char>(length | 0x80));
  data.push_back(static_cast<char>(length));
  data.append(text);
}

// The offset of the first byte in which `a` and `b` differ, or the size of the shorter.
size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    uint64_t word_a, word_b;
    std::memcpy(&word_a, a.data() + at, 8);
    std::memcpy(&word_b, b.data() + at, 8);
    if (word_a != word_b) break;
  }
  while (at < size && a[at] == b[at]) ++at;
  return at;
}

// Collects what a hash is taken over. An encoded set is never shorter than its hashed form, as each text trades a length of at
// least one byte for one separator, so a buffer of the encoded size is enough.
class HashInput {
 public:
  explicit HashInput(size_t encoded_size) {
    if (encoded_size <= sizeof(stack_)) return;
    heap_.resize(encoded_size);
    begin_ = at_ = heap_.data();
  }
  void Add(const LabelView& label) {
    AddText(label.name);
    AddText(label.value);
  }
  uint64_t Hash() const { return XxHash64(std::string_view(begin_, static_cast<size_t>(at_ - begin_))); }

 private:
  void AddText(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
    *at_++ = static_cast<char>(0xff);
  }
  char stack_[1024];
  std::string heap_;
  char* begin_ = stack_;
  char* at_ = stack_;
};

// Says for one label after the other, in order, whether its name is among `names`; both are sorted.
class NameCursor {
 public:
  explicit NameCursor(std::span<const std::string> names) : names_(names) {}
  bool Includes(std::string_view name) {
    while (!names_.empty() && names_.front() < name) names_ = names_.subspan(1);
    return !names_.empty() && names_.front() == name;
  }

 private:
  std::span<const std::string> names_;
};

}  // namespace

Labels::Labels(std::vector<LabelView> labels) {
  std::stable_sort(labels.begin(), labels.end(), [](const LabelView& a, const LabelView& b) { return a.name < b.name; });
  size_t kept = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i + 1 < labels.size() && labels[i + 1].name == labels[i].name) continue;
    if (!labels[i].value.empty()) labels[kept++] = labels[i];
  }
  labels.resize(kept);
  *this = FromSorted(labels);
}

Labels Labels::FromSorted(std::span<const LabelView> labels) {
  size_t size = 0;
  for (const LabelView& label : labels) size += EncodedSize(label.name) + EncodedSize(label.value);
  Labels result;
  result.data_.reserve(size);
  for (size_t i = 0; i < labels.size(); ++i) {
    assert(!labels[i].value.empty() && (i == 0 || labels[i - 1].name < labels[i].name));
    AppendText(result.data_, labels[i].name);
    AppendText(result.data_, labels[i].value);
  }
  return result;
}

size_t Labels::size() const {
  size_t count = 0;
  for (auto it = begin(); it != end(); ++it) ++count;
  return count;
}

std::string_view Labels::Get(std::string_view name) const {
  for (const LabelView& label : *this) {
    if (label.name < name) continue;
    return label.name == name ? label.value : std::string_view();
  }
  return {};
}

bool Labels::Has(std::string_view name) const { return !Get(name).empty(); }

uint64_t Labels::Hash() const {
  HashInput input(data_.size());
  for (const LabelView& label : *this) input.Add(label);
  return input.Hash();
}

uint64_t Labels::HashOf(std::span<const std::string> names) const {
  HashInput input(data_.size());
  NameCursor cursor(names);
  for (const LabelView& label : *this) {
    if (cursor.Includes(label.name)) input.Add(label);
  }
  return input.Hash();
}

uint64_t Labels::HashWithout(std::span<const std::string> names) const {
  HashInput input(data_.size());
  NameCursor cursor(names);
  for (const LabelView& label : *this) {
    if (label.name != kMetricName && !cursor.Includes(label.name)) input.Add(label);
  }
  return input.Hash();
}

std::string Labels::ToString() const {
  std::string out = "{";
  for (const LabelView& label : *this) {
    if (out.size() > 1) out.append(", ");
    if (IsLegacyLabelName(label.name)) {
      out.append(label.name);
    } else {
      AppendQuoted(out, label.name);
    }
    out.push_back('=');
    AppendQuoted(out, label.value);
  }
  out.push_back('}');
  return out;
}

std::strong_ordering Labels::Compare(const Labels& other) const {
  // Up to the first byte that differs both sets hold the same pairs; the pair around that byte decides.
  const size_t differs = CommonPrefix(data_, other.data_);
  if (differs == data_.size() || differs == other.data_.size()) return data_.size() <=> other.data_.size();
  Iterator at = begin();
  while (static_cast<size_t>(at.next_ - data_.data()) <= differs) ++at;
  const char* const other_begin = other.data_.data();
  const Iterator other_at(other_begin + (at.at_ - data_.data()), other_begin + other.data_.size());
  return *at <=> *other_at;
}

}  // namespace varve
