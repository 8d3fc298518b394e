// Whether two recordings of one series repeat each other: in the time they share, the samples of one are among those of the
// other. What may be merged without asking.
#pragma once

#include <absl/status/status.h>

#include "model/sample.h"

namespace varve {

// FailedPrecondition naming the first time at which they differ. Values are compared bit by bit.
absl::Status CheckAgree(const SeriesSamples& a, const SeriesSamples& b);

}  // namespace varve
