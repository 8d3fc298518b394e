// Where PromQL finds its samples. Everything that can be queried is a SeriesSource: a block, a head, a fan-out over endpoints,
// a fixture in memory.
//
// Shape    Select answers series in label order; each series reads its own samples when asked, so that workers may decode in
//          parallel and a series nobody needs is never decoded.
// Errors   a failed SeriesSet says so in status() after Next() returned false. What was left out on purpose (an endpoint that
//          did not answer) is in warnings(), complete once Next() returned false.
// Threads  a source is shared; a set belongs to one thread; a Series may move to another one and outlives its set.
// Source   prometheus storage/interface.go.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "runtime/context.h"
#include "storage/window_aggregates.h"

namespace varve {

class Series {
 public:
  virtual ~Series() = default;
  virtual const Labels& labels() const = 0;
  // Appends the samples with range.min <= time <= range.max_inclusive, ascending, stale markers included.
  virtual absl::Status Read(const Context& ctx, QueryRange range, SeriesSamples& out) const = 0;
  // What there is besides samples for a range selector over `range`: null unless data is downsampled. The samples that Read gives
  // to a function which has an aggregate of its own are then the raw ones only.
  virtual absl::StatusOr<std::unique_ptr<const WindowAggregates>> ReadAggregates(const Context& ctx, QueryRange range) const {
    return nullptr;
  }
  virtual size_t held_bytes() const { return 0; }  // that live as long as this does
};

class SeriesSet {  // series in label order, each label set once
 public:
  virtual ~SeriesSet() = default;
  virtual bool Next() = 0;  // false: finished or failed, see status()
  virtual const std::shared_ptr<const Series>& At() const = 0;
  virtual const absl::Status& status() const = 0;
  virtual std::vector<std::string> warnings() const { return {}; }
};

// What the engine knows about the use of the samples. A source may use it or ignore it; the answer never depends on it.
struct SelectHints {
  int64_t step_ms = 0;                // 0 for an instant query
  int64_t range_ms = 0;               // of a range selector, else 0
  int64_t lookback_ms = 0;            // of an instant selector, else 0
  std::string function;               // the function or aggregation right around the selector: "rate", "sum", ""
  std::vector<std::string> grouping;  // labels of the aggregation around it
  bool grouping_by = false;
  bool has_grouping = false;
  std::vector<std::string> projection;  // only these labels are needed (or all but these)
  bool projection_include = false;
  uint64_t limit = 0;        // at most so many series are of interest; 0: all
  bool labels_only = false;  // samples will not be read
};

struct SelectRequest {
  QueryRange range;
  Matchers matchers;
  SelectHints hints;
};

struct LabelsRequest {
  QueryRange range;
  Matchers matchers;   // none: all series
  uint64_t limit = 0;  // 0: all
};

struct LabelsResult {
  std::vector<std::string> values;  // sorted, each once
  std::vector<std::string> warnings;
};

class SeriesSource {
 public:
  virtual ~SeriesSource() = default;
  virtual absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request) = 0;
  virtual absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const LabelsRequest& request) = 0;
  virtual absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label, const LabelsRequest& request) = 0;
};

}  // namespace varve
