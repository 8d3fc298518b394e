// The frame of an index file: header, sections with checksums, and the table of contents at the end.
//
//   [ magic u32 ][ version u8 ] symbols | series | (label indices) | postings | (label offsets) | postings offsets | [ TOC ]
//
// Shape    all numbers big endian. A section is [ length u32 ][ content ][ crc32c of the content u32 ].
// Errors   DataLoss for bytes that are not an index, Unimplemented for a version we do not read.
// Source   prometheus tsdb/docs/format/index.md; ours: docs/formats/index.md.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace varve {

inline constexpr std::string_view kIndexFileName = "index";
inline constexpr uint32_t kIndexMagic = 0xBAAAD700;
inline constexpr uint8_t kIndexVersion2 = 2;  // what we write
inline constexpr uint8_t kIndexVersion3 = 3;  // named by Prometheus, laid out as 2
inline constexpr size_t kIndexHeaderBytes = 5;
inline constexpr size_t kIndexTocBytes = 6 * 8 + 4;
inline constexpr uint64_t kSeriesAlignBytes = 16;

// A series in an index: its offset in the file divided by 16. Ascending refs are ascending label sets.
using SeriesRef = uint32_t;

// Where each section begins, as offsets into the file. 0: there is no such section.
struct IndexToc {
  uint64_t symbols = 0;
  uint64_t series = 0;
  uint64_t label_indices = 0;
  uint64_t label_offset_table = 0;
  uint64_t postings = 0;
  uint64_t postings_offset_table = 0;

  // Reads the last 52 bytes of `tail`, and checks that the sections are in order within an index of `file_bytes` (the largest
  // uint64_t if that is not known).
  static absl::StatusOr<IndexToc> Parse(Bytes tail, uint64_t file_bytes);
};

// Checks the first five bytes of an index. Versions other than 2 and 3 are refused by name; Prometheus stopped writing 1 in 2017.
absl::Status CheckIndexHeader(Bytes head);

// The content of the section whose length field is at the beginning of `bytes`, which may go on behind its end.
absl::StatusOr<Bytes> CheckedSection(Bytes bytes);

}  // namespace varve
