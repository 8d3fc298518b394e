// A bucket in this process' memory: for tests and the simulation, and the shortest description of what a bucket does.
#pragma once

#include <memory>

#include "objstore/bucket.h"
#include "runtime/clock.h"

namespace varve {

// `clock` gives the modification times and outlives the bucket.
std::unique_ptr<Bucket> NewMemoryBucket(Clock& clock = SystemClock());

}  // namespace varve
