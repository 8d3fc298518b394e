// Plans many small reads of one object as few larger ones. Every read of a block's index and chunks in a bucket is planned here,
// so that what a request costs, against what a byte costs, is decided in one place.
//
//   wanted    ###   ##      ####                 #####
//   plan      [        read 0  ]                 [ 1 ]        a gap cheaper than another request is read along
//
// Shape    ranges are half-open and in bytes; wanted ranges come in order of their begin and may overlap.
// Source   thanos pkg/store/bucket.go gapBasedPartitioner (512 KiB).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace varve {

struct ByteRange {
  uint64_t begin = 0, end = 0;
  uint64_t size() const { return end - begin; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// What reading costs. The defaults suit an object store behind a network; a local folder is better off with a gap of a page.
struct ReadCost {
  uint64_t gap_bytes_max = 512 << 10;  // a gap up to this is read rather than skipped
  uint64_t read_bytes_max = 32 << 20;  // a read is not made longer than this; a single wanted range may be
  uint64_t window_bytes = 32 << 20;    // of chunks asked for together: a round trip is worth many, a local file few
  size_t series_batch = 100'000;       // entries asked for together, for the same reason; of a local file few, so that others
                                       // compute on them while the next are read
  bool is_remote = true;               // a read is a round trip: worth reading ahead, and worth leaving long postings lists out
};
ReadCost ReadCostOf(std::string_view provider);  // of a Bucket

struct PlannedRead {
  ByteRange range;
  size_t first = 0, last = 0;  // it covers wanted[first, last)
};

std::vector<PlannedRead> PlanReads(std::span<const ByteRange> wanted, const ReadCost& cost);

}  // namespace varve
