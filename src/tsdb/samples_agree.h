// Whether two recordings of one series repeat each other: in the time they share, the samples of one are among those of the
// other. What may be merged without asking.
#pragma once

#include <absl/status/status.h>

#include "model/sample.h"

namespace varve {

// FailedPrecondition naming the first time at which they differ. Values are compared bit by bit.
absl::Status CheckAgree(const SeriesSamples& a, const SeriesSamples& b);

// Down to the last bit, so that NaNs and zeros are told apart.
bool SameBits(double a, double b);
bool SameBits(const FloatHistogram& a, const FloatHistogram& b);  // whatever the reset hints

}  // namespace varve
