#include "base/hash.h"

#include <xxhash.h>

namespace varve {

uint64_t XxHash64(Bytes bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

}  // namespace varve
