#include "roles/role.h"

#include <cstdio>

#include "base/errors.h"
#include "roles/version.h"

namespace varve::internal {
namespace {

int Usage(std::string_view name, const absl::Status& status) {
  fmt::print(stderr, "Error parsing commandline arguments: {1}\nvarve {0}: error: {1}, try --help\n", name, Message(status));
  return 2;
}

absl::Status StartWaitStop(Role& role, Process& process) {
  absl::Status status = role.Start();
  if (status.ok()) {
    process.log.Info("started");
    status = process.shutdown.Wait();
    if (status.ok()) process.log.Info(process.shutdown.finished() ? "everything is done" : "caught signal. Exiting.");
  }
  const absl::Status stopped = role.Stop();
  return status.ok() ? stopped : status;
}

}  // namespace

int RunRole(std::string_view name, CommandLine& flags, const ServerFlags& server, std::vector<std::string> arguments,
            MakeRole make, void* config) {
  const absl::StatusOr<bool> run = flags.Parse(std::move(arguments));
  if (!run.ok()) return Usage(name, run.status());
  if (!*run) return 0;

  Shutdown shutdown;
  MetricsRegistry registry;
  NewGauge(registry, "thanos_build_info", "A metric with a constant '1' value labeled by version, of the program built.",
           {{"version", std::string(kVersion)}, {"program", "varve"}})
      .Set(1);
  Process process{.log = MakeLogger(server.log, name), .registry = registry, .shutdown = shutdown, .flags = flags.Values()};
  process.log.Info("starting varve", {{"version", kVersion}});
  for (const std::string& warning : flags.warnings()) process.log.Warn(warning);

  const std::unique_ptr<Role> role = make(config, process);
  const absl::Status status = StartWaitStop(*role, process);
  if (!status.ok()) {
    process.log.Error("command failed", {{"err", status}});
    return 1;
  }
  process.log.Info("exiting");
  return 0;
}

}  // namespace varve::internal
