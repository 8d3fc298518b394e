// VARVE_CLONES before a function compiles it for plain x86-64 and for AVX2, with loops turned into vector code; the better one is
// picked when the program starts. For short loops over flat arrays. What it calls must be inlined into it to gain anything.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__SANITIZE_ADDRESS__)
#define VARVE_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define VARVE_CLONES
#endif
