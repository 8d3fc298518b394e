// What everything that works on the blocks of a bucket is given.
#pragma once

#include <memory>
#include <string>

#include "blocks/compact/compact_metrics.h"
#include "blocks/compact/other_compactors.h"
#include "blocks/meta_cache.h"
#include "blocks/ulid_source.h"
#include "objstore/bucket.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/files.h"
#include "runtime/log.h"

namespace varve {

struct CompactionEnvironment {  // all of it outlives its users
  Bucket& bucket;
  MetaCache& metas;  // where the metas come from; asked once more before a block is marked for what they say
  Files& files;
  Executor& io;       // reads, uploads
  Executor& workers;  // merges; not the same as `io`, which they wait for
  Clock& clock;
  CompactMetrics& metrics;
  Logger logger;
  std::string directory;  // for work under way
  UlidSource new_id = Ulid::New;
  std::shared_ptr<OwnBlocks> own_blocks = std::make_shared<OwnBlocks>();
};

}  // namespace varve
