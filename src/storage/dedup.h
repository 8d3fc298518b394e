// De-duplication of HA replicas: several recordings of one series become one, without changing its sampling rate.
//
//   penalty   reads one replica and stays with it; only when it falls behind by more than twice the last step is another one
//             taken. A replica that is left waits (its penalty) before it is considered again.
//   chain     the union of all samples; of equal timestamps the first replica's counts.
//
// Shape    replicas are columns, merged from left to right: penalty(penalty(r0, r1), r2) ... With `counter`, a replica that is
//          switched to and shows less than what was seen last is lifted by the difference from then on, so that a switch is never
//          taken for a reset; histograms are never lifted.
// Units    milliseconds; the penalty before any step is known is 5000.
// Threads  free functions over values.
// Source   thanos pkg/dedup/iter.go; prometheus storage/merge.go (chain).
#pragma once

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

#include "model/sample.h"

namespace varve {

enum class DedupAlgorithm { kPenalty, kChain };

absl::StatusOr<DedupAlgorithm> ParseDedupAlgorithm(std::string_view name);  // "penalty" or "chain"

// The functions for which replicas are merged as counters: increase, rate, irate, resets.
bool IsCounterFunction(std::string_view function);

// One series out of its replicas. Start timestamps are kept only if there is a single replica.
SeriesSamples Deduplicate(DedupAlgorithm algorithm, std::vector<SeriesSamples> replicas, bool counter);

}  // namespace varve
