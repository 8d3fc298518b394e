// All paths of the format are computed for every lane and blended; the one branch is for differences wider than one load. Lanes move
// on in blocks of eight samples. What can go wrong in a block is noted, and a lane where something did is put back to where the block
// began.
//
// Two groups of eight lanes take turns, so that one computes while the other waits for its bits to come out of the cache.
#include "chunkenc/xor_lanes.h"

#include "base/avx512.h"

#if VARVE_HAVE_AVX512

#include <bit>
#include <cstring>

#include "chunkenc/bit_reader.h"

namespace varve {
namespace {

constexpr size_t kGroupLanes = 8;
constexpr size_t kBlock = 8;         // samples
constexpr size_t kBlockBytes = 128;  // no block looks at more: 8 x (24 + 13 + 64) bits, and a load behind the last sample
constexpr int kLanesWorthwhile = 3;

using Vector = __m512i;
using unaligned_int64 __attribute__((aligned(1), may_alias)) = long long;

// Copies of the last bytes of a chunk, with zeros behind them, and zeros for lanes with nothing to do.
struct Tails {
  char bytes[kXorLanes][2 * kBlockBytes];
  char nothing[kBlockBytes] = {};
};

// What a block decoded, sample by sample, until it is turned into lane by lane.
struct alignas(64) Rows {
  uint64_t times[kBlock][kGroupLanes];
  uint64_t values[kBlock][kGroupLanes];
};

struct Group {
  Vector position, time, delta, value, unused, trailing;
  Vector ones_max, trailing_any;  // in this block: of the prefix of a delta of delta; the sign tells of a window beyond 64 bits
};

VARVE_AVX512_INLINE Vector All(uint64_t value) { return _mm512_set1_epi64(static_cast<long long>(value)); }
VARVE_AVX512_INLINE Vector LoadLanes(const uint64_t* lanes) { return _mm512_load_si512(lanes); }
VARVE_AVX512_INLINE void StoreLanes(uint64_t* lanes, Vector value) { _mm512_store_si512(lanes, value); }

VARVE_AVX512_INLINE __m128i LoadPair(__m128i addresses) {
  const __m128i low = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(_mm_cvtsi128_si64(addresses)));
  return _mm_insert_epi64(low, *reinterpret_cast<const unaligned_int64*>(_mm_extract_epi64(addresses, 1)), 1);
}

// The eight bytes at each address, the first one on top. The gather instructions of Zen 5 take longer than this.
VARVE_AVX512_INLINE Vector LoadWords(Vector addresses) {
  Vector words = _mm512_castsi128_si512(LoadPair(_mm512_castsi512_si128(addresses)));
  words = _mm512_inserti64x2(words, LoadPair(_mm512_extracti64x2_epi64(addresses, 1)), 1);
  words = _mm512_inserti64x2(words, LoadPair(_mm512_extracti64x2_epi64(addresses, 2)), 2);
  words = _mm512_inserti64x2(words, LoadPair(_mm512_extracti64x2_epi64(addresses, 3)), 3);
  const Vector order = _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return _mm512_shuffle_epi8(words, order);
}

VARVE_AVX512_INLINE Vector LoadWindow(Vector position) {
  return _mm512_sllv_epi64(LoadWords(_mm512_srli_epi64(position, 3)), _mm512_and_si512(position, All(7)));
}

// All 64 bits from `position` on.
VARVE_AVX512_INLINE Vector LoadWideWindow(Vector position) {
  const Vector low = LoadWords(_mm512_add_epi64(_mm512_srli_epi64(position, 3), All(8)));
  const Vector shift = _mm512_sub_epi64(All(64), _mm512_and_si512(position, All(7)));
  return _mm512_or_si512(LoadWindow(position), _mm512_srlv_epi64(low, shift));
}

// Decodes the next sample of each lane.
VARVE_AVX512_INLINE void Step(Group& group, Rows& rows, size_t row) {
  const Vector window = LoadWindow(group.position);

  // The delta of delta: as many ones, then a zero, as its class says. For the sign see FromSignedField: the number is one more than
  // the two's complement, which is one less than minus its complement.
  const Vector ones = _mm512_lzcnt_epi64(_mm512_xor_si512(window, All(~uint64_t{0})));
  group.ones_max = _mm512_max_epu64(group.ones_max, ones);
  const __mmask8 moved = _mm512_movepi64_mask(window);
  const Vector used = _mm512_permutexvar_epi64(ones, _mm512_setr_epi64(1, 2 + 14, 3 + 17, 4 + 20, 1, 1, 1, 1));
  const Vector shift = _mm512_permutexvar_epi64(ones, _mm512_setr_epi64(0, 64 - 14, 64 - 17, 64 - 20, 0, 0, 0, 0));
  const Vector below_one =
      _mm512_permutexvar_epi64(ones, _mm512_setr_epi64(0, (1LL << 50) - 1, (1LL << 47) - 1, (1LL << 44) - 1, 0, 0, 0, 0));
  const Vector field = _mm512_sllv_epi64(window, _mm512_add_epi64(ones, All(1)));
  const Vector complement = _mm512_srav_epi64(_mm512_sub_epi64(below_one, field), shift);
  group.delta = _mm512_mask_sub_epi64(group.delta, moved, group.delta, complement);
  group.time = _mm512_add_epi64(group.time, group.delta);

  // The value: unchanged, changed within the window of the last difference, or with a fresh window.
  const Vector rest = _mm512_sllv_epi64(window, used);
  const __mmask8 changed = _mm512_movepi64_mask(rest);
  const __mmask8 fresh = _mm512_cmpge_epu64_mask(rest, All(uint64_t{0b11} << 62));
  const Vector fresh_leading = _mm512_and_si512(_mm512_srli_epi64(rest, 57), All(31));
  const Vector fresh_unused = _mm512_and_si512(_mm512_sub_epi64(_mm512_setzero_si512(), _mm512_srli_epi64(rest, 51)), All(63));
  group.unused = _mm512_mask_mov_epi64(group.unused, fresh, fresh_unused);
  group.trailing = _mm512_mask_sub_epi64(group.trailing, fresh, fresh_unused, fresh_leading);
  group.trailing_any = _mm512_or_si512(group.trailing_any, group.trailing);

  const Vector header = _mm512_mask_mov_epi64(_mm512_mask_mov_epi64(All(1), changed, All(2)), fresh, All(13));
  const Vector before = _mm512_add_epi64(used, header);
  const Vector total = _mm512_mask_add_epi64(before, changed, before, _mm512_sub_epi64(All(64), group.unused));
  Vector difference = _mm512_sllv_epi64(rest, header);
  if (_mm512_cmpgt_epu64_mask(total, All(BitReader::kPeekBits)) != 0) {
    difference = LoadWideWindow(_mm512_add_epi64(group.position, before));
  }
  difference = _mm512_sllv_epi64(_mm512_srlv_epi64(difference, group.unused), group.trailing);
  group.value = _mm512_mask_xor_epi64(group.value, changed, group.value, difference);
  group.position = _mm512_add_epi64(group.position, total);
  StoreLanes(rows.times[row], group.time);
  StoreLanes(rows.values[row], group.value);
}

// Writes column i to out[i], and moves out[i] on, for the lanes in `mask`.
template <typename T>
VARVE_AVX512_INLINE void WriteColumns(const uint64_t (&rows)[kBlock][kGroupLanes], __mmask8 mask, T** out) {
  Vector decoded[kBlock], columns[kGroupLanes];
#pragma GCC unroll 8
  for (size_t i = 0; i < kBlock; ++i) decoded[i] = LoadLanes(rows[i]);
  Transpose(decoded, columns);
#pragma GCC unroll 8
  for (size_t i = 0; i < 8; ++i) {
    if ((mask >> i & 1) == 0) continue;
    _mm512_storeu_si512(out[i], columns[i]);
    out[i] += kBlock;
  }
}

// Lets lanes that are near the end of their bytes go on in copies, which have room behind them.
void CopyTails(XorLanes& lanes, size_t first, unsigned which, Tails& tails) {
  for (size_t i = first; i < first + kGroupLanes; ++i) {
    if ((which >> (i - first) & 1) == 0) continue;
    const uint64_t begin = lanes.position[i] / 8, size = lanes.end[i] / 8 - begin;
    char* const copy = tails.bytes[i];
    std::memcpy(copy, reinterpret_cast<const char*>(begin), size);
    std::memset(copy + size, 0, sizeof(tails.bytes[i]) - size);
    lanes.position[i] = reinterpret_cast<uintptr_t>(copy) * 8 + lanes.position[i] % 8;
    lanes.end[i] = (reinterpret_cast<uintptr_t>(copy) + size) * 8;
  }
}

VARVE_AVX512_INLINE Group LoadGroup(const XorLanes& lanes, size_t first) {
  Group group;
  group.position = LoadLanes(lanes.position + first);
  group.time = LoadLanes(lanes.time + first);
  group.delta = LoadLanes(lanes.delta + first);
  group.value = LoadLanes(lanes.value + first);
  group.unused = LoadLanes(lanes.unused + first);
  group.trailing = LoadLanes(lanes.trailing + first);
  group.ones_max = group.trailing_any = _mm512_setzero_si512();
  return group;
}

VARVE_AVX512_INLINE void StoreGroup(const Group& group, __mmask8 mask, XorLanes& lanes, size_t first) {
  _mm512_mask_store_epi64(lanes.position + first, mask, group.position);
  _mm512_mask_store_epi64(lanes.time + first, mask, group.time);
  _mm512_mask_store_epi64(lanes.delta + first, mask, group.delta);
  _mm512_mask_store_epi64(lanes.value + first, mask, group.value);
  _mm512_mask_store_epi64(lanes.unused + first, mask, group.unused);
  _mm512_mask_store_epi64(lanes.trailing + first, mask, group.trailing);
}

// Which lanes of a group have another block in them.
VARVE_AVX512_INLINE __mmask8 Begin(XorLanes& lanes, size_t first, Tails& tails, __mmask8 active, __mmask8& copied) {
  const Vector position = LoadLanes(lanes.position + first), end = LoadLanes(lanes.end + first);
  active = _mm512_mask_cmpge_epu64_mask(active, LoadLanes(lanes.left + first), All(kBlock));
  active = _mm512_mask_cmple_epu64_mask(active, position, end);
  const __mmask8 near_end = _mm512_mask_cmplt_epu64_mask(active & static_cast<__mmask8>(~copied), _mm512_sub_epi64(end, position),
                                                         All(kBlockBytes * 8));
  if (near_end != 0) CopyTails(lanes, first, near_end, tails);
  copied |= near_end;
  return active;
}

// Hands in what a block has decoded; the lanes where it went well.
VARVE_AVX512_INLINE __mmask8 End(const Group& group, const Rows& rows, __mmask8 active, XorLanes& lanes, size_t first) {
  const __mmask8 known = _mm512_cmple_epu64_mask(group.ones_max, All(3));
  const __mmask8 good = static_cast<__mmask8>(active & known & ~_mm512_movepi64_mask(group.trailing_any));
  StoreGroup(group, good, lanes, first);
  const Vector left = LoadLanes(lanes.left + first);
  StoreLanes(lanes.left + first, _mm512_mask_sub_epi64(left, good, left, All(kBlock)));
  WriteColumns(rows.times, good, lanes.times + first);
  WriteColumns(rows.values, good, lanes.values + first);
  return good;
}

VARVE_AVX512 void Run(XorLanes& lanes) {
  Tails tails;
  const Vector nowhere = All(reinterpret_cast<uintptr_t>(tails.nothing) * 8);
  __mmask8 active_a = 0xff, active_b = 0xff, copied_a = 0, copied_b = 0;
  Rows rows_a, rows_b;
  while (true) {
    active_a = Begin(lanes, 0, tails, active_a, copied_a);
    active_b = Begin(lanes, kGroupLanes, tails, active_b, copied_b);
    if (std::popcount(unsigned{active_a}) + std::popcount(unsigned{active_b}) < kLanesWorthwhile) return;
    Group a = LoadGroup(lanes, 0), b = LoadGroup(lanes, kGroupLanes);
    a.position = _mm512_mask_mov_epi64(nowhere, active_a, a.position);
    b.position = _mm512_mask_mov_epi64(nowhere, active_b, b.position);
    for (size_t row = 0; row < kBlock; ++row) {
      Step(a, rows_a, row);
      Step(b, rows_b, row);
    }
    active_a = End(a, rows_a, active_a, lanes, 0);
    active_b = End(b, rows_b, active_b, lanes, kGroupLanes);
  }
}

}  // namespace

bool HaveXorLanes() { return HaveAvx512(); }
void RunXorLanes(XorLanes& lanes) { Run(lanes); }

}  // namespace varve

#else

namespace varve {

bool HaveXorLanes() { return false; }
void RunXorLanes(XorLanes&) {}

}  // namespace varve

#endif
