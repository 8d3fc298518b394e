#include "model/column_scans.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/cpu_clones.h"
#include "model/sample.h"

namespace varve {
namespace {

constexpr size_t kBlock = 512;  // samples looked at before asking whether there was something

VARVE_CLONES bool AnyNotAfter(const int64_t* times, size_t count) {
  int64_t found = 0;
  for (size_t i = 0; i + 1 < count; ++i) found |= -static_cast<int64_t>(times[i + 1] <= times[i]);
  return found != 0;
}

VARVE_CLONES bool AnyStale(const double* values, size_t count) {
  int64_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    uint64_t bits;
    std::memcpy(&bits, values + i, sizeof(bits));
    found |= -static_cast<int64_t>(bits == kStaleNanBits);
  }
  return found != 0;
}

VARVE_CLONES bool AnyLess(const double* values, size_t count) {
  int64_t found = 0;
  for (size_t i = 0; i + 1 < count; ++i) found |= -static_cast<int64_t>(values[i + 1] < values[i]);
  return found != 0;
}

}  // namespace

bool StrictlyAscend(std::span<const TimestampMs> times) { return !AnyNotAfter(times.data(), times.size()); }

size_t FindStale(std::span<const double> values, size_t from) {
  for (size_t end; from < values.size(); from = end) {
    end = std::min(values.size(), from + kBlock);
    if (!AnyStale(&values[from], end - from)) continue;
    while (!IsStaleNan(values[from])) ++from;
    return from;
  }
  return values.size();
}

size_t FindDrop(std::span<const double> values, size_t from) {
  for (size_t end; from < values.size(); from = end) {
    end = std::min(values.size(), from + kBlock);
    if (!AnyLess(&values[from - 1], end - from + 1)) continue;
    while (!(values[from] < values[from - 1])) ++from;
    return from;
  }
  return values.size();
}

}  // namespace varve
