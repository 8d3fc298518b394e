#include "store/endpoint_set.h"

#include <proto/thanos/info.grpc.pb.h>

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "net/grpc_client.h"
#include "store/grpc_call.h"

namespace varve {
namespace {

constexpr char kGroupServiceConfig[] =
    R"({"loadBalancingConfig": [{"round_robin": {}}], "methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 3,)"
    R"( "initialBackoff": "0.1s", "maxBackoff": "5s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]})";
constexpr size_t kExternalLabelsMax = 1000;  // in the metric

// What gRPC connects to: an address, or all members of a group.
std::string TargetOf(const EndpointSpec& spec) {
  if (spec.targets.empty()) return spec.address;
  const bool v6 = spec.targets.front().starts_with('[');
  std::string target = v6 ? "ipv6:" : "ipv4:";
  bool first = true;
  for (const std::string& one : spec.targets) {
    if (one.starts_with('[') != v6) continue;  // gRPC takes one family at a time
    target.append(first ? "" : ",").append(one);
    first = false;
  }
  return target;
}

std::string ToText(const std::vector<Labels>& label_sets) {
  std::vector<std::string> texts;
  for (const Labels& labels : label_sets) texts.push_back(labels.ToString());
  std::sort(texts.begin(), texts.end());
  std::string text = fmt::format("{}", fmt::join(texts, ","));
  if (text.size() > kExternalLabelsMax) {
    size_t cut = kExternalLabelsMax - 1;
    while (cut > 0 && (static_cast<uint8_t>(text[cut]) & 0xc0) == 0x80) --cut;  // not inside of a character
    text.resize(cut);
    text += "}";
  }
  return text.empty() ? "no_external_labels" : text;
}

EndpointInfo StoreOfEverything() {
  EndpointInfo info;
  info.store = StoreInfo{.supports_sharding = false, .supports_without_replica_labels = false};
  return info;
}

}  // namespace

class EndpointSet::Endpoint {
 public:
  Endpoint(EndpointSpec spec, std::shared_ptr<grpc::Channel> channel, TimestampMs now, GrpcStoreOptions options)
      : spec_(std::move(spec)),
        channel_(std::move(channel)),
        stub_(thanos::info::Info::NewStub(channel_)),
        created_(now),
        info_(std::make_shared<const EndpointInfo>(StoreOfEverything())),
        store_info_(std::make_shared<const StoreInfo>(*info_->store)),
        store_(NewGrpcStoreClient(
            channel_, [this] { return store_info(); }, options)) {}

  const EndpointSpec& spec() const { return spec_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  thanos::info::Info::Stub& stub() { return *stub_; }
  StoreApi& store() { return *store_; }

  void Answered(EndpointInfo info, TimestampMs now) {
    std::erase_if(info.label_sets, [](const Labels& labels) { return labels.empty(); });
    if (info.store.has_value()) info.store->label_sets = info.label_sets;
    MutexLock lock(mutex_);
    last_check_ = now;
    last_error_ = absl::OkStatus();
    ever_answered_ = true;
    if (info.store.has_value() && *info.store != *store_info_) store_info_ = std::make_shared<const StoreInfo>(*info.store);
    info_ = std::make_shared<const EndpointInfo>(std::move(info));
  }
  void Failed(absl::Status error) {
    MutexLock lock(mutex_);
    last_error_ = std::move(error);
  }

  bool queryable() const {
    MutexLock lock(mutex_);
    return spec_.strict || (ever_answered_ && last_error_.ok());
  }
  bool TimedOut(TimestampMs now, std::chrono::milliseconds timeout) const {
    MutexLock lock(mutex_);
    return !spec_.strict && now - created_ >= timeout.count() && now - last_check_ >= timeout.count();
  }
  std::shared_ptr<const EndpointInfo> info() const {
    MutexLock lock(mutex_);
    return info_;
  }
  std::shared_ptr<const StoreInfo> store_info() const {
    MutexLock lock(mutex_);
    return store_info_;
  }
  EndpointState Status() const {
    MutexLock lock(mutex_);
    EndpointState status = {.name = spec_.address,
                            .component = info_->component,
                            .label_sets = info_->label_sets,
                            .last_check = last_check_,
                            .last_error = last_error_};
    if (info_->store.has_value()) status.range = info_->store->range;
    return status;
  }

 private:
  const EndpointSpec spec_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<thanos::info::Info::Stub> stub_;
  const TimestampMs created_;
  mutable Mutex mutex_;
  TimestampMs last_check_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  bool ever_answered_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const EndpointInfo> info_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const StoreInfo> store_info_ ABSL_GUARDED_BY(mutex_);
  const std::unique_ptr<StoreApi> store_;
};

struct EndpointSet::Question {
  std::shared_ptr<Endpoint> endpoint;
  grpc::ClientContext call;
  thanos::info::InfoRequest request;
  thanos::info::InfoResponse response;
  grpc::Status status;
  bool answered = false;  // under asking_
};

EndpointSet::EndpointSet(std::function<std::vector<EndpointSpec>()> specs, Clock& clock, MetricsRegistry& registry, Logger logger,
                         EndpointSetOptions options)
    : specs_(std::move(specs)),
      clock_(clock),
      logger_(std::move(logger)),
      options_(std::move(options)),
      connections_(
          NewGaugeFamily(registry, "thanos_store_nodes_grpc_connections",
                         "Number of gRPC connection to Store APIs. Opened connection means healthy store APIs available for "
                         "Querier.")) {}

EndpointSet::~EndpointSet() {
  for (const auto& [endpoint, question] : questions_) question->call.TryCancel();
  silent_.clear();
  WaitForAnswers(Context());
}

EndpointSet::Endpoints EndpointSet::Current() const {
  MutexLock lock(mutex_);
  return endpoints_;
}

std::shared_ptr<EndpointSet::Endpoint> EndpointSet::Connect(const EndpointSpec& spec) {
  GrpcClientOptions client = {.tls = spec.tls, .metrics = options_.grpc_metrics, .service_config = spec.service_config};
  if (!spec.targets.empty() && client.service_config.empty()) client.service_config = kGroupServiceConfig;
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = MakeGrpcChannel(TargetOf(spec), client);
  if (!channel.ok()) {
    logger_.Warn("new endpoint creation failed", {{"address", spec.address}, {"err", channel.status()}});
    return nullptr;
  }
  return std::make_shared<Endpoint>(spec, *std::move(channel), clock_.NowMs(), options_.store);
}

void EndpointSet::Update(const Context& ctx) {
  const Endpoints before = Current();
  Endpoints asked;
  for (const EndpointSpec& spec : specs_()) {
    const auto known = before.find(spec.address);
    const bool unchanged = known != before.end() && known->second->spec() == spec;
    std::shared_ptr<Endpoint> endpoint = unchanged ? known->second : BeingAsked(spec);
    if (endpoint == nullptr) endpoint = Connect(spec);
    if (endpoint != nullptr) asked.emplace(spec.address, std::move(endpoint));
  }
  AskAll(ctx, asked);
  Endpoints after;
  for (const auto& [address, endpoint] : asked) {
    const bool is_new = !before.contains(address);
    if (is_new ? !endpoint->queryable() : endpoint->TimedOut(clock_.NowMs(), options_.unhealthy_timeout)) continue;
    if (is_new) {
      const std::shared_ptr<const EndpointInfo> info = endpoint->info();
      logger_.Info("adding new endpoint",
                   {{"address", address}, {"component", info->component}, {"extLset", ToText(info->label_sets)}});
    }
    after.emplace(address, endpoint);
  }
  for (const auto& [address, endpoint] : before) {
    if (!after.contains(address))
      logger_.Info("removing endpoint because it's unhealthy or does not exist", {{"address", address}});
  }
  PublishMetric(after);
  MutexLock lock(mutex_);
  endpoints_ = std::move(after);
  first_update_done_ = true;
  updated_.notify_all();
}

// One that never answered is not kept between rounds, but its question may be.
std::shared_ptr<EndpointSet::Endpoint> EndpointSet::BeingAsked(const EndpointSpec& spec) const {
  for (const auto& [endpoint, question] : questions_) {
    if (endpoint->spec() == spec) return question->endpoint;
  }
  return nullptr;
}

void EndpointSet::AskAll(const Context& ctx, const Endpoints& endpoints) {
  TakeAnswers();
  std::erase_if(silent_, [&endpoints](const std::string& address) { return !endpoints.contains(address); });
  for (const auto& [address, endpoint] : endpoints) {
    if (!questions_.contains(endpoint.get())) Ask(ctx, endpoint);
  }
  WaitForAnswers(ctx);
  TakeAnswers();
}

void EndpointSet::Ask(const Context& ctx, const std::shared_ptr<Endpoint>& endpoint) {
  Question& question = *questions_.emplace(endpoint.get(), std::make_unique<Question>()).first->second;
  question.endpoint = endpoint;
  question.call.set_wait_for_ready(true);
  PrepareCall(ctx, options_.info_timeout, "", question.call);
  endpoint->stub().async()->Info(&question.call, &question.request, &question.response, [this, &question](grpc::Status status) {
    MutexLock lock(asking_);
    question.status = std::move(status);
    question.answered = true;
    answered_.notify_all();
  });
}

void EndpointSet::WaitForAnswers(const Context& ctx) {
  const std::stop_callback cancel(ctx.stop_token(), [this] {
    for (const auto& [endpoint, question] : questions_) question->call.TryCancel();
  });
  MutexLock lock(asking_);
  answered_.wait(lock, [this] {
    return std::all_of(questions_.begin(), questions_.end(),
                       [this](const auto& one) { return one.second->answered || silent_.contains(one.first->spec().address); });
  });
}

void EndpointSet::TakeAnswers() {
  MutexLock lock(asking_);
  for (auto at = questions_.begin(); at != questions_.end();) {
    Question& question = *at->second;
    if (!question.answered) {
      ++at;
      continue;
    }
    const std::string& address = question.endpoint->spec().address;
    silent_.erase(address);
    if (question.status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) silent_.insert(address);
    if (question.status.ok()) {
      question.endpoint->Answered(FromProto(question.response), clock_.NowMs());
    } else {
      const absl::Status error = RpcError(question.status);
      logger_.Warn("update of endpoint failed", {{"address", address}, {"err", error}});
      question.endpoint->Failed(Annotate(error, "getting metadata"));
    }
    at = questions_.erase(at);
  }
}

void EndpointSet::PublishMetric(const Endpoints& endpoints) {
  std::map<MetricLabels, int> counts;
  std::map<std::string, int> producers;  // by external labels
  for (const auto& [address, endpoint] : endpoints) {
    if (!endpoint->queryable()) continue;
    const std::shared_ptr<const EndpointInfo> info = endpoint->info();
    const std::string external_labels = ToText(info->label_sets);
    MetricLabels labels;
    for (const std::string& name : options_.connection_metric_labels) {
      labels[name] = name == "external_labels" ? external_labels : name == "store_type" ? info->component : address;
    }
    ++counts[labels];
    const bool produces = info->store.has_value() && (info->component == "sidecar" || info->component == "rule");
    if (produces && producers[external_labels]++ > 0) {
      logger_.Warn(
          "found duplicate storeEndpoints producer (sidecar or ruler). This is not advised as it will malform data in in the "
          "same "
          "bucket",
          {{"address", address}, {"extLset", external_labels}});
    }
  }
  for (Gauge* gauge : connection_gauges_) connections_.Remove(gauge);
  connection_gauges_.clear();
  for (const auto& [labels, count] : counts) {
    Gauge& gauge = connections_.Add(labels);
    gauge.Set(count);
    connection_gauges_.push_back(&gauge);
  }
}

absl::Status EndpointSet::WaitForFirstUpdate(const Context& ctx) {
  MutexLock lock(mutex_);
  const auto done = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return first_update_done_; };
  if (ctx.deadline().has_value()) {
    updated_.wait_until(lock, ctx.stop_token(), *ctx.deadline(), done);
  } else {
    updated_.wait(lock, ctx.stop_token(), done);
  }
  return first_update_done_ ? absl::OkStatus() : ctx.Check();
}

std::vector<StoreEndpoint> EndpointSet::Stores() const {
  std::vector<StoreEndpoint> stores;
  for (const auto& [address, endpoint] : Current()) {
    if (!endpoint->queryable() || !endpoint->info()->store.has_value()) continue;
    stores.push_back({address, std::shared_ptr<StoreApi>(endpoint, &endpoint->store())});
  }
  return stores;
}

std::vector<LiveEndpoint> EndpointSet::Live() const {
  std::vector<LiveEndpoint> live;
  for (const auto& [address, endpoint] : Current()) {
    if (endpoint->queryable()) live.push_back({address, endpoint->channel(), endpoint->info()});
  }
  return live;
}

std::vector<EndpointState> EndpointSet::Statuses() const {
  std::vector<EndpointState> statuses;
  for (const auto& [address, endpoint] : Current()) statuses.push_back(endpoint->Status());
  return statuses;
}

}  // namespace varve
