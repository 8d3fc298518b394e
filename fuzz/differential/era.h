// The series of several seeds in one data directory, each set of series in a time of its own (an era), so that one server holds
// them all.
#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "promql/testing/random/random_series.h"

namespace varve::promql {

inline constexpr int64_t kEraMs = 4 * 3'600'000;  // a block of two hours, then silence
inline constexpr TimestampMs kFirstEra = 222'222 * TimestampMs{7'200'000};

inline TimestampMs EraStart(size_t era) { return kFirstEra + static_cast<int64_t>(era) * kEraMs; }

// Writes the eras 0 to `eras` - 1 as blocks into `directory`, each from the seed `seed` + era.
absl::Status WriteEras(const std::string& directory, uint64_t seed, size_t eras, bool modern);

SeriesMap SeriesOfEra(uint64_t seed, size_t era, bool modern);

}  // namespace varve::promql
