// The local blocks as PromQL sees them.
#pragma once

#include <memory>

#include "storage/series_source.h"
#include "tsdb/local_blocks.h"

namespace varve {

// `blocks` outlives the source.
std::unique_ptr<SeriesSource> NewBlocksSource(const LocalBlocks& blocks);

}  // namespace varve
