#include "promql/engine/metric_name.h"

#include <absl/container/inlined_vector.h>

namespace varve::promql {

Labels WithoutMetadata(const Labels& labels) {
  absl::InlinedVector<LabelView, 32> kept;
  bool dropped = false;
  for (const LabelView& label : labels) {
    if (IsMetadataLabel(label.name)) {
      dropped = true;
    } else {
      kept.push_back(label);
    }
  }
  return dropped ? Labels::FromSorted(kept) : labels;
}

}  // namespace varve::promql
