#include "roles/tools/tool_loop.h"

#include "base/status_macros.h"

namespace varve {

ToolLoop::ToolLoop(Options options, const ServerFlags& flags, Process& process)
    : options_(std::move(options)),
      process_(process),
      server_(options_.component, flags, process, {.route_prefix = options_.route_prefix}) {}

absl::Status ToolLoop::Open() {
  VARVE_ASSIGN_OR_RETURN(tool_, BucketTool::Open(options_.bucket, process_.registry, process_.log));
  return absl::OkStatus();
}

absl::Status ToolLoop::Start(std::function<absl::Status(const Context&)> round) {
  VARVE_RETURN_IF_ERROR(server_.StartHttp());
  server_.probe().SetReady();
  if (options_.interval_ms <= 0) {
    once_ = std::jthread([this, round = std::move(round)](std::stop_token stop) {
      const absl::Status status = round(Context().WithStop(stop));
      if (stop.stop_requested()) return;
      status.ok() ? process_.shutdown.Finish() : process_.shutdown.Fail(status);
    });
    return absl::OkStatus();
  }
  rounds_ = std::make_unique<PeriodicTask>(options_.component, process_.clock, std::chrono::milliseconds(options_.interval_ms),
                                           [this, round = std::move(round)](const Context& ctx) {
                                             const absl::Status status = round(ctx);
                                             if (!status.ok() && !ctx.stopped())
                                               process_.log.Error("round failed, trying again later", {{"err", status}});
                                           });
  rounds_->Start();
  return absl::OkStatus();
}

void ToolLoop::Stop() {
  once_.request_stop();
  if (rounds_ != nullptr) rounds_->Stop();
  if (once_.joinable()) once_.join();
  server_.Stop();
}

}  // namespace varve
