// Where the names of new blocks come from: Ulid::New, or in a simulation its seed.
#pragma once

#include <functional>

#include "base/ulid.h"

namespace varve {

using UlidSource = std::function<Ulid()>;

}  // namespace varve
