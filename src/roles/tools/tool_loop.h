// A `tools bucket` command that stays: HTTP with probes and metrics, and a round of work again and again, or once.
//
//   ToolLoop loop({.component = "replicate", .bucket = {.objstore = yaml}, .interval_ms = 60'000}, config.server, process);
//   VARVE_RETURN_IF_ERROR(loop.Open());                       // loop.tool() is there
//   return loop.Start([this](const Context& ctx) { return Replicate(ctx); });
//
// Shape    ready once the rounds begin. A round that fails is logged, and tried again after the interval; with an interval of 0
//          there is one round, and the process ends with how it went.
// Threads  one thread opens, starts and stops; rounds run on one of their own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "roles/role_server.h"
#include "roles/tools/bucket_tool.h"
#include "runtime/periodic_task.h"

namespace varve {

class ToolLoop {
 public:
  struct Options {
    std::string component;
    BucketTool::Options bucket;
    int64_t interval_ms = 0;
    std::string route_prefix;
  };
  ToolLoop(Options options, const ServerFlags& flags, Process& process);
  ~ToolLoop() { Stop(); }

  BucketTool& tool() { return *tool_; }  // once it is open
  HttpRouter& router() { return server_.router(); }

  absl::Status Open();
  absl::Status Start(std::function<absl::Status(const Context&)> round);
  void Stop();

 private:
  const Options options_;
  Process& process_;
  RoleServer server_;
  std::unique_ptr<BucketTool> tool_;
  std::unique_ptr<PeriodicTask> rounds_;
  std::jthread once_;
};

}  // namespace varve
