#include "store/proto_convert.h"

#include <proto/thanos/hints.pb.h>

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

using Strings = google::protobuf::RepeatedPtrField<std::string>;

void Append(const std::vector<std::string>& from, Strings& to) { to.Assign(from.begin(), from.end()); }
std::vector<std::string> ToVector(const Strings& from) { return {from.begin(), from.end()}; }

thanos::PartialResponseStrategy Strategy(PartialResponse value) {
  return value == PartialResponse::kAbort ? thanos::ABORT : thanos::WARN;
}

template <typename Proto>
PartialResponse PartialResponseOf(const Proto& proto) {
  return proto.partial_response_disabled() || proto.partial_response_strategy() == thanos::ABORT ? PartialResponse::kAbort
                                                                                                 : PartialResponse::kWarn;
}

// Every kind of request hints has block matchers as field 1.
template <typename Hints>
absl::StatusOr<Matchers> BlockMatchers(const google::protobuf::Any& any) {
  Hints hints;
  if (any.type_url().empty()) return Matchers();
  if (!any.UnpackTo(&hints)) return InvalidArgument("hints: not a {}: {}", Hints::descriptor()->full_name(), any.type_url());
  return FromProto(hints.block_matchers());
}

template <typename Hints>
void PackBlockMatchers(const Matchers& matchers, google::protobuf::Any* any) {
  Hints hints;
  for (const Matcher& matcher : matchers) *hints.add_block_matchers() = ToProto(matcher);
  any->PackFrom(hints);
}

// The fields that LabelNamesRequest and LabelValuesRequest have in common.
template <typename Hints, typename Proto>
Proto LabelsToProto(const StoreLabelsRequest& request) {
  Proto proto;
  proto.set_partial_response_disabled(request.partial_response == PartialResponse::kAbort);
  proto.set_partial_response_strategy(Strategy(request.partial_response));
  proto.set_start(request.range.min);
  proto.set_end(request.range.max_inclusive);
  for (const Matcher& matcher : request.matchers) *proto.add_matchers() = ToProto(matcher);
  Append(request.without_replica_labels, *proto.mutable_without_replica_labels());
  proto.set_limit(static_cast<int64_t>(request.limit));
  if (!request.block_matchers.empty()) PackBlockMatchers<Hints>(request.block_matchers, proto.mutable_hints());
  return proto;
}

template <typename Hints, typename Proto>
absl::StatusOr<StoreLabelsRequest> LabelsFromProto(const Proto& proto) {
  StoreLabelsRequest request;
  request.range = {proto.start(), proto.end()};
  VARVE_ASSIGN_OR_RETURN(request.matchers, FromProto(proto.matchers()));
  request.partial_response = PartialResponseOf(proto);
  request.without_replica_labels = ToVector(proto.without_replica_labels());
  request.limit = proto.limit() > 0 ? static_cast<uint64_t>(proto.limit()) : 0;
  VARVE_ASSIGN_OR_RETURN(request.block_matchers, BlockMatchers<Hints>(proto.hints()));
  return request;
}

void HintsToProto(const SelectHints& hints, thanos::QueryHints& proto) {
  proto.set_step_millis(hints.step_ms);
  if (!hints.function.empty()) proto.mutable_func()->set_name(hints.function);
  if (hints.has_grouping) {
    proto.mutable_grouping()->set_by(hints.grouping_by);
    Append(hints.grouping, *proto.mutable_grouping()->mutable_labels());
  }
  if (hints.range_ms > 0) proto.mutable_range()->set_millis(hints.range_ms);
  Append(hints.projection, *proto.mutable_projection_labels());
  proto.set_projection_include(hints.projection_include);
}

SelectHints HintsFromProto(const thanos::QueryHints& proto) {
  SelectHints hints;
  hints.step_ms = proto.step_millis();
  hints.function = proto.func().name();
  hints.range_ms = proto.range().millis();
  hints.has_grouping = proto.has_grouping();
  hints.grouping_by = proto.grouping().by();
  hints.grouping = ToVector(proto.grouping().labels());
  hints.projection = ToVector(proto.projection_labels());
  hints.projection_include = proto.projection_include();
  return hints;
}

}  // namespace

thanos::LabelMatcher ToProto(const Matcher& matcher) {
  thanos::LabelMatcher proto;
  proto.set_type(static_cast<thanos::LabelMatcher::Type>(matcher.type()));
  proto.set_name(matcher.name());
  proto.set_value(matcher.value());
  return proto;
}

absl::StatusOr<Matchers> FromProto(const google::protobuf::RepeatedPtrField<thanos::LabelMatcher>& protos) {
  Matchers matchers;
  matchers.reserve(static_cast<size_t>(protos.size()));
  for (const thanos::LabelMatcher& proto : protos) {
    if (!thanos::LabelMatcher::Type_IsValid(proto.type())) {
      return InvalidArgument("matcher on {}: unknown type {}", proto.name(), proto.type());
    }
    VARVE_ASSIGN_OR_RETURN(Matcher matcher, Matcher::Make(static_cast<Matcher::Type>(proto.type()), proto.name(), proto.value()));
    matchers.push_back(std::move(matcher));
  }
  return matchers;
}

void ToProto(const Labels& labels, google::protobuf::RepeatedPtrField<thanos::Label>& out) {
  for (const LabelView& label : labels) {
    thanos::Label* proto = out.Add();
    proto->set_name(label.name.data(), label.name.size());
    proto->set_value(label.value.data(), label.value.size());
  }
}

Labels FromProto(const google::protobuf::RepeatedPtrField<thanos::Label>& protos) {
  std::vector<LabelView> labels;
  labels.reserve(static_cast<size_t>(protos.size()));
  for (const thanos::Label& proto : protos) labels.push_back({proto.name(), proto.value()});
  return Labels(std::move(labels));
}

thanos::SeriesRequest ToProto(const SeriesRequest& request) {
  thanos::SeriesRequest proto;
  proto.set_min_time(request.range.min);
  proto.set_max_time(request.range.max_inclusive);
  for (const Matcher& matcher : request.matchers) *proto.add_matchers() = ToProto(matcher);
  proto.set_max_resolution_window(request.max_resolution_ms);
  proto.set_varve_fallback_resolution_window(request.fallback_resolution_ms);
  for (const Aggregate aggregate : request.aggregates) proto.add_aggregates(static_cast<thanos::Aggr>(aggregate));
  proto.set_partial_response_disabled(request.partial_response == PartialResponse::kAbort);
  proto.set_partial_response_strategy(Strategy(request.partial_response));
  proto.set_skip_chunks(request.skip_chunks);
  Append(request.without_replica_labels, *proto.mutable_without_replica_labels());
  if (request.shard.total > 0) {
    thanos::ShardInfo* shard = proto.mutable_shard_info();
    shard->set_shard_index(request.shard.index);
    shard->set_total_shards(request.shard.total);
    shard->set_by(request.shard.by);
    Append(request.shard.labels, *shard->mutable_labels());
  }
  proto.set_limit(static_cast<int64_t>(request.limit));
  proto.set_response_batch_size(request.batch_size);
  HintsToProto(request.hints, *proto.mutable_query_hints());
  if (!request.block_matchers.empty())
    PackBlockMatchers<hintspb::SeriesRequestHints>(request.block_matchers, proto.mutable_hints());
  return proto;
}

absl::StatusOr<SeriesRequest> FromProto(const thanos::SeriesRequest& proto) {
  SeriesRequest request;
  request.range = {proto.min_time(), proto.max_time()};
  VARVE_ASSIGN_OR_RETURN(request.matchers, FromProto(proto.matchers()));
  request.max_resolution_ms = proto.max_resolution_window();
  request.fallback_resolution_ms = proto.varve_fallback_resolution_window();
  for (const int aggregate : proto.aggregates()) {
    if (!thanos::Aggr_IsValid(aggregate)) return InvalidArgument("unknown aggregate {}", aggregate);
    request.aggregates.push_back(static_cast<Aggregate>(aggregate));
  }
  request.partial_response = PartialResponseOf(proto);
  request.skip_chunks = proto.skip_chunks();
  request.without_replica_labels = ToVector(proto.without_replica_labels());
  const thanos::ShardInfo& shard = proto.shard_info();
  request.shard = {shard.shard_index(), shard.total_shards(), shard.by(), ToVector(shard.labels())};
  request.limit = proto.limit() > 0 ? static_cast<uint64_t>(proto.limit()) : 0;
  constexpr int64_t kBatchMax = 1 << 16;
  request.batch_size = static_cast<uint32_t>(std::clamp<int64_t>(proto.response_batch_size(), 0, kBatchMax));
  request.hints = HintsFromProto(proto.query_hints());
  VARVE_ASSIGN_OR_RETURN(request.block_matchers, BlockMatchers<hintspb::SeriesRequestHints>(proto.hints()));
  return request;
}

thanos::LabelNamesRequest NamesToProto(const StoreLabelsRequest& request) {
  return LabelsToProto<hintspb::LabelNamesRequestHints, thanos::LabelNamesRequest>(request);
}

thanos::LabelValuesRequest ValuesToProto(std::string_view label, const StoreLabelsRequest& request) {
  auto proto = LabelsToProto<hintspb::LabelValuesRequestHints, thanos::LabelValuesRequest>(request);
  proto.set_label(label.data(), label.size());
  return proto;
}

absl::StatusOr<StoreLabelsRequest> FromProto(const thanos::LabelNamesRequest& proto) {
  return LabelsFromProto<hintspb::LabelNamesRequestHints>(proto);
}

absl::StatusOr<StoreLabelsRequest> FromProto(const thanos::LabelValuesRequest& proto) {
  return LabelsFromProto<hintspb::LabelValuesRequestHints>(proto);
}

thanos::info::InfoResponse ToProto(const EndpointInfo& info) {
  thanos::info::InfoResponse proto;
  proto.set_componenttype(info.store.has_value() ? info.store->component : info.component);
  for (const Labels& labels : info.store.has_value() ? info.store->label_sets : info.label_sets) {
    ToProto(labels, *proto.add_label_sets()->mutable_labels());
  }
  if (info.store.has_value()) {
    thanos::info::StoreInfo* store = proto.mutable_store();
    store->set_min_time(info.store->range.min);
    store->set_max_time(info.store->range.max_inclusive);
    store->set_supports_sharding(info.store->supports_sharding);
    store->set_supports_without_replica_labels(info.store->supports_without_replica_labels);
    for (const TsdbInfo& tsdb : info.store->tsdbs) {
      thanos::info::TSDBInfo* one = store->add_tsdb_infos();
      ToProto(tsdb.labels, *one->mutable_labels()->mutable_labels());
      one->set_min_time(tsdb.range.min);
      one->set_max_time(tsdb.range.max_inclusive);
    }
  }
  if (info.rules) proto.mutable_rules();
  if (info.targets) proto.mutable_targets();
  if (info.metadata) proto.mutable_metric_metadata();
  if (info.query) proto.mutable_query();
  if (info.status) proto.mutable_status();
  if (info.exemplars.has_value()) {
    proto.mutable_exemplars()->set_min_time(info.exemplars->min);
    proto.mutable_exemplars()->set_max_time(info.exemplars->max_inclusive);
  }
  return proto;
}

EndpointInfo FromProto(const thanos::info::InfoResponse& proto) {
  EndpointInfo info;
  info.component = proto.componenttype();
  for (const thanos::ZLabelSet& labels : proto.label_sets()) info.label_sets.push_back(FromProto(labels.labels()));
  if (proto.has_store()) {
    StoreInfo& store = info.store.emplace();
    store.component = info.component;
    store.label_sets = info.label_sets;
    store.range = {proto.store().min_time(), proto.store().max_time()};
    store.supports_sharding = proto.store().supports_sharding();
    store.supports_without_replica_labels = proto.store().supports_without_replica_labels();
    for (const thanos::info::TSDBInfo& tsdb : proto.store().tsdb_infos()) {
      store.tsdbs.push_back({FromProto(tsdb.labels().labels()), {tsdb.min_time(), tsdb.max_time()}});
    }
  }
  info.rules = proto.has_rules();
  info.targets = proto.has_targets();
  info.metadata = proto.has_metric_metadata();
  info.query = proto.has_query();
  info.status = proto.has_status();
  if (proto.has_exemplars()) info.exemplars = QueryRange{proto.exemplars().min_time(), proto.exemplars().max_time()};
  return info;
}

}  // namespace varve
