// Classic histograms (name_bucket, name_count, name_sum) as native ones with custom buckets.
// Source: prometheus util/convertnhcb.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <optional>
#include <string_view>

#include "model/histogram.h"
#include "model/labels.h"

namespace varve::promql {

// One classic histogram at one time.
struct ClassicHistogram {
  std::map<double, double> buckets;  // cumulative counts by upper bound
  std::optional<double> count;
  double sum = 0;

  absl::StatusOr<FloatHistogram> ToNative() const;
};

enum class ClassicPart { kNone, kBucket, kCount, kSum };

// What `name` is part of, and the name without its suffix.
struct ClassicName {
  ClassicPart part = ClassicPart::kNone;
  std::string_view base;
};
ClassicName SplitClassicName(std::string_view name);

}  // namespace varve::promql
