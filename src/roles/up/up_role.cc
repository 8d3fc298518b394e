#include "roles/up/up_role.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "store/fanout.h"

namespace varve {
namespace {

constexpr size_t kIoThreads = 64;

// An own folder is a fine bucket to begin with.
BucketFlags WithDefaultBucket(BucketFlags flags, const std::string& directory) {
  if (flags.objstore.empty()) flags.objstore = fmt::format("type: FILESYSTEM\nconfig:\n  directory: \"{}\"\n", directory);
  return flags;
}

}  // namespace

void AddFlags(CommandLine& flags, UpConfig& config) {
  AddServerFlags(flags, config.server);
  AddBucketFlags(flags, config.bucket);
  flags.Text("bucket-dir", config.bucket_directory, "Folder that serves as the bucket when no --objstore.config is given.");
  AddWebFlags(flags, config.web);
  AddQueryEngineFlags(flags, config.engine, config.api);
}

UpRole::UpRole(UpConfig config, Process& process)
    : config_(std::move(config)),
      process_(process),
      executor_("io", kIoThreads),
      gateway_(WithDefaultBucket(config_.bucket, config_.bucket_directory), process, executor_),
      server_("up", config_.server, process, {.route_prefix = RoutePrefix(config_.web)}),
      info_service_([this] { return Info(); }) {}

absl::StatusOr<EndpointInfo> UpRole::Info() {
  if (!server_.probe().ready()) return Unavailable("Not ready");
  const std::shared_ptr<const StoreInfo> info = store_->Info();
  return EndpointInfo{.store = *info, .component = info->component, .label_sets = info->label_sets, .query = true};
}

absl::Status UpRole::Start() {
  if (config_.bucket.objstore.empty()) VARVE_RETURN_IF_ERROR(process_.files.MakeDirectories(config_.bucket_directory));
  VARVE_RETURN_IF_ERROR(gateway_.Open());
  // The gateway owns the store and outlives every query.
  const std::shared_ptr<StoreApi> bucket(&gateway_.store(), [](StoreApi*) {});
  store_ = NewFanOut([bucket] { return std::vector<StoreEndpoint>{{.address = "bucket", .store = bucket, .local = true}}; },
                     executor_, process_.registry, {});
  front_ = std::make_unique<QueryFront>(*store_, QueryFront::Flags{config_.engine, config_.web, config_.api}, FleetProviders(),
                                        process_);
  VARVE_RETURN_IF_ERROR(front_->Prepare());
  front_->AddTo(server_.router());
  gateway_.AddTo(server_.router());
  store_service_ = std::make_unique<GrpcStoreService>(*store_, executor_);
  VARVE_RETURN_IF_ERROR(server_.StartHttp());
  gateway_.Start([this](const absl::Status& first_sync) {
    absl::Status status = first_sync;
    if (status.ok()) status = server_.StartGrpc({store_service_.get(), front_->grpc_service(), &info_service_});
    if (!status.ok()) return process_.shutdown.Fail(status);
    server_.probe().SetReady();
  });
  return absl::OkStatus();
}

absl::Status UpRole::Stop() {
  gateway_.Stop();
  server_.Stop();
  return absl::OkStatus();
}

}  // namespace varve
