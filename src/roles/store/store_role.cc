#include "roles/store/store_role.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr size_t kIoThreads = 64;  // they wait for the bucket, so there are more of them than cores

}  // namespace

StoreRole::StoreRole(StoreConfig config, Process& process)
    : config_(std::move(config)),
      process_(process),
      executor_("io", kIoThreads),
      gateway_(config_.bucket, process, executor_),
      server_("store", config_.server, process),
      info_service_([this] { return Info(); }) {}

absl::StatusOr<EndpointInfo> StoreRole::Info() {
  if (!server_.probe().ready()) return Unavailable("Not ready");
  const std::shared_ptr<const StoreInfo> info = gateway_.store().Info();
  return EndpointInfo{.store = *info, .component = info->component, .label_sets = info->label_sets};
}

void StoreRole::ServeBlocks() {
  blocks_ = std::make_unique<BlocksHandlers>(
      BlocksHandlers::Options{
          .label = config_.web_label, .admin_disabled = config_.admin_disabled, .cors = !config_.cors_disabled},
      gateway_.bucket(), process_.clock);
  blocks_->AddTo(server_.router());
  gateway_.OnSync([this](const absl::Status& status) {
    BlocksHandlers::Blocks blocks;
    const std::shared_ptr<const BlockCatalog> catalog = gateway_.store().catalog();
    for (const auto& [id, block] : catalog->blocks()) {  // their metas live as long as the blocks
      blocks.push_back(std::shared_ptr<const BlockMeta>(block, &block->meta()));
    }
    blocks_->SetLoaded(std::move(blocks), status);
  });
}

absl::Status StoreRole::Start() {
  VARVE_RETURN_IF_ERROR(gateway_.Open());
  if (!config_.web_disabled) ServeBlocks();
  store_service_ = std::make_unique<GrpcStoreService>(gateway_.store(), executor_);
  gateway_.AddTo(server_.router());
  VARVE_RETURN_IF_ERROR(server_.StartHttp());
  gateway_.Start([this](const absl::Status& first_sync) {
    absl::Status status = first_sync;
    if (status.ok()) status = server_.StartGrpc({store_service_.get(), &info_service_});
    if (!status.ok()) return process_.shutdown.Fail(status);
    server_.probe().SetReady();
  });
  return absl::OkStatus();
}

absl::Status StoreRole::Stop() {
  gateway_.Stop();
  server_.Stop();
  return absl::OkStatus();
}

}  // namespace varve
