// A role is a config, a constructor, Start and Stop; and the one way all of them are run as a process.
//
//   class StoreRole : public Role { ... StoreRole(StoreConfig config, Process& process); ... };
//   int main: return RunRole<StoreRole, StoreConfig>("store", "Serves ...", arguments);
//
// Errors   a wrong command line ends with code 2 and the reason on stderr; a Start that fails, or Shutdown::Fail, with code 1;
//          SIGINT and SIGTERM with code 0 after everything was stopped. The last line says "exiting".
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roles/command_line.h"
#include "roles/server_flags.h"
#include "roles/shutdown.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

// What comes from outside, given to a role. Outlives it.
struct Process {
  Logger log;
  MetricsRegistry& registry;
  Shutdown& shutdown;
  std::vector<std::pair<std::string, std::string>> flags;  // for /api/v1/status/flags
  Clock& clock = SystemClock();
  Files& files = RealFiles();
};

class Role {
 public:
  virtual ~Role() = default;
  virtual absl::Status Start() = 0;  // returns once the servers listen; readiness may come later
  virtual absl::Status Stop() = 0;   // refuses new work, drains, releases; a second call is a no-op
};

namespace internal {
using MakeRole = std::unique_ptr<Role> (*)(void* config, Process& process);
int RunRole(std::string_view name, CommandLine& flags, const ServerFlags& server, std::vector<std::string> arguments,
            MakeRole make, void* config);
}  // namespace internal

// `Config` has a member `server` of ServerFlags, and AddFlags(CommandLine&, Config&) declares its flags.
template <typename RoleType, typename Config>
int RunRole(std::string_view name, std::string_view summary, std::vector<std::string> arguments) {
  Config config;
  CommandLine flags{std::string(name), std::string(summary)};
  AddFlags(flags, config);
  const internal::MakeRole make = [](void* opaque, Process& process) -> std::unique_ptr<Role> {
    return std::make_unique<RoleType>(*static_cast<Config*>(opaque), process);
  };
  return internal::RunRole(name, flags, config.server, std::move(arguments), make, &config);
}

}  // namespace varve
