// How many arenas glibc's malloc works with, and when it gives back what they hold.
#pragma once

namespace varve {

// Left to itself, malloc makes up to eight arenas a core, and what one query has freed in one of them the next query, on another
// thread, does not find: after a day of dashboards several times as much memory is resident as was ever in use. From now on there is
// one arena a core: with fewer, threads of one query sleep on an arena's lock. MALLOC_ARENA_MAX in the environment goes first.
// Threads  before there are others.
void KeepMallocSmall();

// Gives the system back what was freed since: for the end of work that comes seldom and takes much. Milliseconds for each 100 MiB.
// Threads  any.
void ReturnFreeMemory();

}  // namespace varve
