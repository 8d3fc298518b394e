// Reads a whole block and checks what a reader would rely on:
//
//   symbols, series, postings and chunks    checksums, bounds
//   series                                  in strict label order, each with labels and chunks
//   chunks                                  without overlap, within the block's range; those of counts that add up to the meta's
//   postings                                each series in the list of each of its labels, and nothing else
//
// Shape    one pass over series and chunks, one over the postings; memory holds a counter for each label pair. Samples are not
//          decoded.
// Errors   DataLoss saying what is wrong; others are those of reading.
// Threads  a free function.
// Source   thanos pkg/block/index.go GatherIndexHealthStats, and what it leaves out.
#pragma once

#include <absl/status/status.h>

#include "runtime/context.h"
#include "tsdb/block_meta.h"
#include "tsdb/block_scan.h"

namespace varve {

struct CheckBlockOptions {
  bool overlaps_allowed = false;  // of chunks within a series: blocks with late samples may have them
};

// Counts of zero in `stats` are not known, and not compared.
absl::Status CheckBlock(const Context& ctx, const ScanInput& block, const BlockStats& stats, CheckBlockOptions options = {});

// The block in a local directory.
absl::Status CheckLocalBlock(const Context& ctx, Files& files, const std::string& directory, CheckBlockOptions options = {});

}  // namespace varve
