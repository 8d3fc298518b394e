// How many arenas glibc's malloc works with.
#pragma once

namespace varve {

// Left to itself, malloc makes up to eight arenas a core, and what one query has freed in one of them the next query, on another
// thread, does not find: after a day of dashboards several times as much memory is resident as was ever in use. From now on there is
// one arena a core: with fewer, threads of one query sleep on an arena's lock. MALLOC_ARENA_MAX in the environment goes first.
// Threads  before there are others.
void KeepMallocSmall();

}  // namespace varve
