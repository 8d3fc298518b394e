// For the few kernels that are written in AVX-512 by hand, since no compiler finds them: whether the processor has it, and what they
// share. The functions themselves stay in .cc files beside a plain version, and carry VARVE_AVX512.
//
//   #if VARVE_HAVE_AVX512
//   VARVE_AVX512 void SumFast(...) { ... }
//   #endif
//   void Sum(...) { return HaveAvx512() ? SumFast(...) : SumPlain(...); }
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define VARVE_HAVE_AVX512 1

#include <immintrin.h>

#include <cstdint>

// GCC 12 takes the deliberately undefined operands of its own intrinsics for a mistake of ours (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"

#define VARVE_AVX512 __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl")))
#define VARVE_AVX512_INLINE VARVE_AVX512 __attribute__((always_inline)) inline

namespace varve {

inline bool HaveAvx512() {
  static const bool have = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                           __builtin_cpu_supports("avx512vl");
  return have;
}

// Eight rows of eight words become eight columns.
VARVE_AVX512_INLINE void Transpose(const __m512i (&rows)[8], __m512i (&columns)[8]) {
  __m512i pairs[8], quads[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {  // words 0 2 4 6 of rows i and i+1, then words 1 3 5 7
    pairs[i] = _mm512_unpacklo_epi64(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi64(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 2
  for (int odd = 0; odd < 2; ++odd) {
    quads[odd] = _mm512_shuffle_i64x2(pairs[odd], pairs[odd + 2], 0x88);      // words 0 and 4 of rows 0-3
    quads[odd + 2] = _mm512_shuffle_i64x2(pairs[odd], pairs[odd + 2], 0xdd);  // words 2 and 6
    quads[odd + 4] = _mm512_shuffle_i64x2(pairs[odd + 4], pairs[odd + 6], 0x88);
    quads[odd + 6] = _mm512_shuffle_i64x2(pairs[odd + 4], pairs[odd + 6], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    columns[i] = _mm512_shuffle_i64x2(quads[i], quads[i + 4], 0x88);
    columns[i + 4] = _mm512_shuffle_i64x2(quads[i], quads[i + 4], 0xdd);
  }
}

}  // namespace varve

#else
#define VARVE_HAVE_AVX512 0

namespace varve {
inline bool HaveAvx512() { return false; }
}  // namespace varve

#endif
