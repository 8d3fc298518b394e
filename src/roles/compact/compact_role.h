// `varve compact`: compacts, applies retention and cleans up; the only deleter of a bucket.
//
// Shape    without --wait one iteration, then the process ends: with code 1 if anything could not be done. With --wait it goes
//          on, and what could not be done is in the log, the metrics and /api/v1/blocks. HTTP answers at once; ready when the
//          loop begins.
#pragma once

#include <memory>

#include "api/blocks_handlers.h"
#include "blocks/compact/compact_service.h"
#include "roles/compact/compact_config.h"
#include "roles/role.h"
#include "roles/role_server.h"
#include "runtime/periodic_task.h"

namespace varve {

class CompactRole : public Role {
 public:
  CompactRole(CompactConfig config, Process& process);
  ~CompactRole() override { Stop().IgnoreError(); }
  absl::Status Start() override;
  absl::Status Stop() override;
  RoleServer& server() { return server_; }

 private:
  absl::Status Open();
  absl::StatusOr<CompactServiceOptions> ServiceOptions() const;
  void StartLoops();
  absl::Status Iterate(const Context& ctx);
  void Report(const IterationReport& report) const;
  void RunOnce(const Context& ctx);
  void WaitRound(const Context& ctx);
  void Try(std::string_view what, const absl::Status& status) const;
  void UpdateGlobalView(const Context& ctx);
  void Every(const char* name, int64_t interval_ms, PeriodicTask::Round round);

  const CompactConfig config_;
  Process& process_;
  Executor io_;
  Executor workers_;
  RoleServer server_;
  std::unique_ptr<Bucket> bucket_;
  std::unique_ptr<MetaCache> metas_;
  std::unique_ptr<MetaFetcher> all_blocks_;
  std::unique_ptr<CompactMetrics> metrics_;
  std::unique_ptr<CompactionEnvironment> environment_;
  std::unique_ptr<CompactService> service_;
  std::unique_ptr<BlocksHandlers> blocks_;
  std::vector<std::unique_ptr<PeriodicTask>> loops_;
  std::jthread once_;
};

}  // namespace varve
