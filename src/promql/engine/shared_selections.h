// One answer of the source for all scans of a query that ask it for the same, whatever they go on to do with it:
//
//   sum by (code) (rate(x[5m])) / ignoring(code) group_left() sum(rate(x[5m]))
//
// Shape    the first scan that asks passes series on as they come and keeps them; those that ask once it is through get the same
//          ones. Samples are decoded by each. Requests are the same if they agree in everything but the labels of interest, which
//          are then all. Those of other time ranges are not: replicas are joined over the whole range of a request, so that
//          the samples of a part may depend on it.
// Memory   what the series hold counts as the query's, up to a part of its limit; past that the others ask for themselves.
// Threads  Expect while the query is planned; then one set at a time.
#pragma once

#include <memory>
#include <vector>

#include "storage/series_source.h"

namespace varve::promql {

class SharedSelections {
 public:
  explicit SharedSelections(SeriesSource& source) : source_(source) {}

  // Says that a scan is going to ask for `request`; true if another one does, too.
  bool Expect(const SelectRequest& request);
  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request);

 private:
  class KeptSeries;
  class KeepingSet;
  class RepeatingSet;
  struct Entry {
    SelectRequest request;
    int scans = 1;  // that have yet to ask
    std::shared_ptr<KeptSeries> kept;
  };
  Entry* Find(const SelectRequest& request);

  SeriesSource& source_;
  std::vector<Entry> entries_;
};

}  // namespace varve::promql
