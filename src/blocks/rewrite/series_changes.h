// What a rewrite does to the series of a block: relabel them, then delete samples of those that match.
//
//   - matchers: '{__name__="requests_total", pod=~"old-.*"}'
//     intervals: [{mint: 0, maxt: 1700000000000}]             # none: the whole series
//     request_id: GDPR-17
//
// Shape    a deletion applies to a series that has every label its matchers name: {a!="1"} does not match a series without `a`.
//          Times are inclusive. A series that relabelling leaves without labels, or drops, is deleted.
// Threads  values.
// Source   thanos pkg/compactv2/modifiers.go; metadata.DeletionRequest.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json_value.h"
#include "model/matcher.h"
#include "model/relabel.h"
#include "tsdb/tombstones.h"

namespace varve {

struct DeletionRequest {
  Matchers matchers;
  DeletedIntervals intervals;  // empty: always
  std::string id;
};

struct SeriesChanges {
  RelabelRules relabels;  // first
  std::vector<DeletionRequest> deletions;

  bool empty() const { return relabels.empty() && deletions.empty(); }
};

// What becomes of one series.
struct SeriesFate {
  Labels labels;               // new; empty: the series goes
  DeletedIntervals intervals;  // that it loses
};
SeriesFate Decide(const SeriesChanges& changes, const Labels& series);

// The requests as meta.json lists them under thanos.rewrites.
JsonValue DeletionsJson(const std::vector<DeletionRequest>& deletions);
JsonValue RelabelsJson(const RelabelRules& relabels);

// Receives a line for each series changed: `Deleted {a="1"} [{0 100}]`, `Relabelled {a="1"} {a="2"}`.
using ChangeLog = std::function<void(std::string_view line)>;

}  // namespace varve
