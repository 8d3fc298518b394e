#include "runtime/malloc_arenas.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace varve {

void KeepMallocSmall() {
#ifdef __GLIBC__
  constexpr unsigned kCoresPerArena = 4;
  if (std::getenv("MALLOC_ARENA_MAX") != nullptr) return;
  const unsigned arenas = std::max(1u, (std::thread::hardware_concurrency() + kCoresPerArena - 1) / kCoresPerArena);
  mallopt(M_ARENA_MAX, static_cast<int>(arenas));
#endif
}

}  // namespace varve
