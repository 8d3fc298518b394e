// Lists of series refs and their set operations.
//
//   [ length u32 ][ count u32 ] ([ ref u32 ]) * count [ crc32c u32 ]
//
// Shape    refs strictly increase. A PostingsView looks at refs where they are, in the big-endian bytes of an index or in an
//          array of ours; results are arrays. The operations run over whole lists at once, so nothing per ref is a call, and
//          they gallop: a short list costs the logarithm of a long one, not its length.
// Errors   DataLoss for a bad checksum, a count that does not fit, or refs out of order.
// Threads  views are values over immutable bytes that someone else keeps alive.
// Source   prometheus tsdb/docs/format/index.md, Postings; tsdb/index/postings.go.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "tsdb/index_format.h"

namespace varve {

using Postings = std::vector<SeriesRef>;

class PostingsView {
 public:
  PostingsView() = default;
  PostingsView(const Postings& refs) : PostingsView(std::span(refs)) {}  // NOLINT: a view of it
  explicit PostingsView(std::span<const SeriesRef> refs) : data_(refs.data()), size_(refs.size()), big_endian_(false) {}

  // The list whose length field is at the beginning of `bytes`, which may go on behind it. Checks all of it.
  static absl::StatusOr<PostingsView> Parse(Bytes bytes);

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  SeriesRef operator[](size_t i) const {
    SeriesRef ref;
    std::memcpy(&ref, static_cast<const char*>(data_) + i * sizeof(ref), sizeof(ref));
    return big_endian_ ? __builtin_bswap32(ref) : ref;
  }
  SeriesRef front() const { return (*this)[0]; }
  SeriesRef back() const { return (*this)[size_ - 1]; }
  // The first position >= `from` whose ref is >= `target`, or size(). Costs the logarithm of the distance.
  size_t Seek(size_t from, SeriesRef target) const;
  Postings ToVector() const;

 private:
  const void* data_ = nullptr;
  size_t size_ = 0;
  bool big_endian_ = false;
};

Postings Intersect(std::vector<PostingsView> lists);  // nothing for no lists
Postings Merge(std::span<const PostingsView> lists);  // the union
void Subtract(Postings& from, PostingsView list);
bool Intersects(PostingsView a, PostingsView b);

}  // namespace varve
