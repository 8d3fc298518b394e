#include "tsdb/postings.h"

#include <algorithm>
#include <bit>

#include "base/byte_reader.h"
#include "base/errors.h"

namespace varve {
namespace {

// From this ratio of lengths on, seeking beats walking.
constexpr size_t kGallopRatio = 16;

bool StrictlyAscending(PostingsView list) {
  bool ascending = true;
  for (size_t i = 1; i < list.size(); ++i) ascending &= list[i - 1] < list[i];
  return ascending;
}

// Keeps in `refs` what `list` has too. Lists of about the same length: a step of either side is arithmetic, not a branch.
void IntersectByWalking(Postings& refs, PostingsView list) {
  size_t out = 0;
  for (size_t i = 0, j = 0; i < refs.size() && j < list.size();) {
    const SeriesRef a = refs[i];
    const SeriesRef b = list[j];
    refs[out] = a;
    out += a == b;
    i += a <= b;
    j += b <= a;
  }
  refs.resize(out);
}

void IntersectBySeeking(Postings& refs, PostingsView list) {
  size_t out = 0;
  size_t at = 0;
  for (const SeriesRef ref : refs) {
    at = list.Seek(at, ref);
    if (at == list.size()) break;
    if (list[at] == ref) refs[out++] = ref;
  }
  refs.resize(out);
}

// The union by way of one bit for each possible ref: its cost does not depend on the number of lists.
Postings MergeByBits(std::span<const PostingsView> lists, SeriesRef first, SeriesRef last, size_t total) {
  std::vector<uint64_t> bits((size_t{last} - first) / 64 + 1);
  for (const PostingsView& list : lists) {
    for (size_t i = 0; i < list.size(); ++i) {
      const SeriesRef bit = list[i] - first;
      bits[bit / 64] |= uint64_t{1} << (bit % 64);
    }
  }
  Postings merged;
  merged.reserve(total);
  for (size_t word = 0; word < bits.size(); ++word) {
    for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
      merged.push_back(first + static_cast<SeriesRef>(word * 64) + static_cast<SeriesRef>(std::countr_zero(rest)));
    }
  }
  return merged;
}

Postings MergeBySorting(std::span<const PostingsView> lists, size_t total) {
  Postings merged;
  merged.reserve(total);
  for (const PostingsView& list : lists) {
    for (size_t i = 0; i < list.size(); ++i) merged.push_back(list[i]);
  }
  std::sort(merged.begin(), merged.end());
  merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
  return merged;
}

}  // namespace

absl::StatusOr<PostingsView> PostingsView::Parse(Bytes bytes) {
  const absl::StatusOr<Bytes> content = CheckedSection(bytes);
  if (!content.ok()) return Annotate(content.status(), "postings list");
  ByteReader reader(*content);
  const uint32_t count = reader.U32();
  if (!reader.ok() || reader.remaining() != size_t{count} * sizeof(SeriesRef)) {
    return DataLoss("postings list: {} refs in {} bytes", count, content->size());
  }
  PostingsView list;
  list.data_ = content->data() + sizeof(uint32_t);
  list.size_ = count;
  list.big_endian_ = std::endian::native == std::endian::little;
  if (!StrictlyAscending(list)) return DataLoss("postings list: refs out of order");
  return list;
}

size_t PostingsView::Seek(size_t from, SeriesRef target) const {
  size_t step = 1;
  size_t low = from;  // everything before it is smaller
  size_t high = from;
  while (high < size_ && (*this)[high] < target) {
    low = high + 1;
    high += step;
    step *= 2;
  }
  high = std::min(high, size_);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if ((*this)[middle] < target) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Postings PostingsView::ToVector() const {
  Postings refs(size_);
  if (size_ > 0) std::memcpy(refs.data(), data_, size_ * sizeof(SeriesRef));
  if (big_endian_) {
    for (SeriesRef& ref : refs) ref = __builtin_bswap32(ref);
  }
  return refs;
}

Postings Intersect(std::vector<PostingsView> lists) {
  if (lists.empty()) return {};
  std::ranges::sort(lists, {}, &PostingsView::size);
  Postings refs = lists.front().ToVector();
  for (const PostingsView& list : std::span(lists).subspan(1)) {
    if (refs.empty()) break;
    if (list.size() / refs.size() >= kGallopRatio) {
      IntersectBySeeking(refs, list);
    } else {
      IntersectByWalking(refs, list);
    }
  }
  return refs;
}

Postings Merge(std::span<const PostingsView> lists) {
  size_t total = 0;
  SeriesRef first = ~SeriesRef{0};
  SeriesRef last = 0;
  size_t non_empty = 0;
  const PostingsView* only = nullptr;
  for (const PostingsView& list : lists) {
    if (list.empty()) continue;
    only = &list;
    ++non_empty;
    total += list.size();
    first = std::min(first, list.front());
    last = std::max(last, list.back());
  }
  if (non_empty == 0) return {};
  if (non_empty == 1) return only->ToVector();
  // A word of bits costs about as much as a few refs; sorting costs some twenty comparisons a ref.
  const bool dense = (size_t{last} - first) / 64 <= total * 4;
  return dense ? MergeByBits(lists, first, last, total) : MergeBySorting(lists, total);
}

void Subtract(Postings& from, PostingsView list) {
  size_t out = 0;
  size_t at = 0;
  for (const SeriesRef ref : from) {
    at = list.Seek(at, ref);
    if (at == list.size() || list[at] != ref) from[out++] = ref;
  }
  from.resize(out);
}

bool Intersects(PostingsView a, PostingsView b) {
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) return true;
    if (a[i] < b[j]) {
      i = a.Seek(i, b[j]);
    } else {
      j = b.Seek(j, a[i]);
    }
  }
  return false;
}

}  // namespace varve
