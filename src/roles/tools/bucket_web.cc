#include "api/blocks_handlers.h"
#include "api/ui/serve_page.h"
#include "base/status_macros.h"
#include "roles/tools/bucket_commands.h"
#include "roles/tools/tool_loop.h"
#include "roles/web_flags.h"

namespace varve {
namespace {

struct BucketWebConfig {
  ServerFlags server;
  WebFlags web;
  std::string objstore;
  int64_t refresh_ms = 1'800'000;
  int64_t timeout_ms = 300'000;
  std::string label;
  bool admin_disabled = false;
  BlockSelection selection;
};

void AddFlags(CommandLine& flags, BucketWebConfig& config) {
  AddHttpServerFlags(flags, config.server);
  AddWebFlags(flags, config.web);
  flags.PathOrContent("objstore.config", config.objstore, "The bucket.");
  flags.DurationMs("refresh", config.refresh_ms, "How often the bucket is listed.");
  flags.DurationMs("timeout", config.timeout_ms, "How long that may take.");
  flags.Text("label", config.label, "External label that names groups.");
  flags.Switch("disable-admin-operations", config.admin_disabled, "Refuse marking blocks over HTTP.");
  AddTimeFlags(flags, config.selection);
  AddRelabelFlags(flags, config.selection);
}

// A page of the blocks over time, and the data behind it.
class BucketWebRole : public Role {
 public:
  BucketWebRole(BucketWebConfig config, Process& process)
      : config_(std::move(config)),
        process_(process),
        loop_({.component = "bucket",
               .bucket = {.objstore = config_.objstore},
               .interval_ms = std::max<int64_t>(config_.refresh_ms, 1000),
               .route_prefix = RoutePrefix(config_.web)},
              config_.server, process) {}
  ~BucketWebRole() override { loop_.Stop(); }

  absl::Status Start() override {
    VARVE_RETURN_IF_ERROR(loop_.Open());
    VARVE_ASSIGN_OR_RETURN(MetaFilters filters, SelectionFilters(config_.selection, process_.clock));
    filters.push_back(NewDuplicateFilter());
    fetcher_ = loop_.tool().NewFetcher(std::move(filters));
    handlers_.emplace(
        BlocksHandlers::Options{
            .label = config_.label, .admin_disabled = config_.admin_disabled, .cors = !config_.web.disable_cors},
        loop_.tool().bucket(), process_.clock);
    handlers_->AddTo(loop_.router());
    ServeBlocksPage(loop_.router());
    return loop_.Start([this](const Context& ctx) { return Refresh(ctx); });
  }

  absl::Status Stop() override { return loop_.Stop(), absl::OkStatus(); }

 private:
  absl::Status Refresh(const Context& ctx) {
    const auto snapshot = fetcher_->Fetch(ctx.WithTimeout(std::chrono::milliseconds(config_.timeout_ms)));
    BlocksHandlers::Blocks blocks;
    if (snapshot.ok()) {
      for (const auto& [id, block] : (*snapshot)->blocks) blocks.push_back(block);
    }
    handlers_->SetGlobal(std::move(blocks), snapshot.status());
    return snapshot.status();
  }

  const BucketWebConfig config_;
  Process& process_;
  ToolLoop loop_;
  std::unique_ptr<MetaFetcher> fetcher_;
  std::optional<BlocksHandlers> handlers_;
};

}  // namespace

int RunBucketWeb(std::vector<std::string> arguments) {
  return RunRole<BucketWebRole, BucketWebConfig>("tools bucket web", "Shows the blocks of a bucket over time, as a page.",
                                                 std::move(arguments));
}

}  // namespace varve
