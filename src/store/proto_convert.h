// Requests and introductions between our structs and the messages of proto/thanos. (Series frames: series_frames.h; their hints: series_hints.h.)
//
// Errors   InvalidArgument for what no sender means: regular expressions that do not compile, unknown enum values, times the
// wrong
//          way round.
// Source   proto/thanos/{store,info,hints}.proto.
#pragma once

#include <absl/status/statusor.h>
#include <proto/thanos/info.pb.h>
#include <proto/thanos/store.pb.h>

#include <optional>
#include <string>
#include <vector>

#include "store/store_api.h"

namespace varve {

thanos::SeriesRequest ToProto(const SeriesRequest& request);
absl::StatusOr<SeriesRequest> FromProto(const thanos::SeriesRequest& proto);

thanos::LabelNamesRequest NamesToProto(const StoreLabelsRequest& request);
thanos::LabelValuesRequest ValuesToProto(std::string_view label, const StoreLabelsRequest& request);
absl::StatusOr<StoreLabelsRequest> FromProto(const thanos::LabelNamesRequest& proto);
absl::StatusOr<StoreLabelsRequest> FromProto(const thanos::LabelValuesRequest& proto);

// What an endpoint offers beside, or instead of, a store.
struct EndpointInfo {
  std::optional<StoreInfo> store;
  std::string component;           // the store's, if there is one
  std::vector<Labels> label_sets;  // likewise
  bool rules = false, targets = false, metadata = false, query = false, status = false;
  std::optional<QueryRange> exemplars;
};
thanos::info::InfoResponse ToProto(const EndpointInfo& info);
EndpointInfo FromProto(const thanos::info::InfoResponse& proto);

thanos::LabelMatcher ToProto(const Matcher& matcher);
absl::StatusOr<Matchers> FromProto(const google::protobuf::RepeatedPtrField<thanos::LabelMatcher>& protos);
void ToProto(const Labels& labels, google::protobuf::RepeatedPtrField<thanos::Label>& out);
Labels FromProto(const google::protobuf::RepeatedPtrField<thanos::Label>& protos);

}  // namespace varve
