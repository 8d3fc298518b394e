// Label sets inside of the messages of the small APIs.
#pragma once

#include <proto/thanos/labels.pb.h>

#include <string>
#include <vector>

#include "base/json_value.h"
#include "store/proto_convert.h"
#include "store/store_api.h"

namespace varve {

inline Labels LabelsOf(const thanos::ZLabelSet& set) { return FromProto(set.labels()); }

inline void SetLabels(const Labels& labels, thanos::ZLabelSet* set) {
  set->clear_labels();
  ToProto(labels, *set->mutable_labels());
}

// Puts external labels in and takes others out.
inline void Relabel(const Labels& external, const std::vector<std::string>& without, thanos::ZLabelSet* set) {
  SetLabels(WithExternalLabels(LabelsOf(*set), external, without), set);
}

inline Labels LabelsOfJson(const JsonValue& object) {
  std::vector<LabelView> labels;
  for (const auto& [name, value] : object.object()) labels.push_back({name, value.StringOr("")});
  return Labels(std::move(labels));
}

}  // namespace varve
