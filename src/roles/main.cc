// varve: one binary, one role a subcommand.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "roles/compact/compact_role.h"
#include "roles/query/query_role.h"
#include "roles/role.h"
#include "roles/sidecar/sidecar_role.h"
#include "roles/store/store_role.h"
#include "roles/tools/tools_command.h"
#include "roles/up/up_role.h"
#include "roles/version.h"
#include "runtime/malloc_arenas.h"

namespace varve {
namespace {

struct Command {
  std::string_view name, summary;
  int (*run)(std::string_view name, std::string_view summary, std::vector<std::string> arguments);
};

constexpr Command kCommands[] = {
    {"compact", "Compacts the blocks of a bucket, applies retention, cleans up.", RunRole<CompactRole, CompactConfig>},
    {"query", "One PromQL view over many StoreAPIs.", RunRole<QueryRole, QueryConfig>},
    {"sidecar", "Stands beside a Prometheus: serves its recent data, ships its blocks.", RunRole<SidecarRole, SidecarConfig>},
    {"store", "Serves the blocks of a bucket over the StoreAPI.", RunRole<StoreRole, StoreConfig>},
    {"tools", "Looks into a bucket and puts it right.", RunTools},
    {"up", "Store and query in one process over a bucket: the smallest install.", RunRole<UpRole, UpConfig>},
};

// Thanos' commands that are not there yet are told from mistyped ones.
constexpr std::string_view kComing[] = {"rule", "receive", "query-frontend", "collect"};

void PrintHelp(std::FILE* out) {
  fmt::print(
      out, "Long-term metrics in one binary, compatible with Prometheus and Thanos.\n\nusage: varve <command> [<flags> ...]\n\n");
  for (const Command& command : kCommands) fmt::print(out, "  {:<10} {}\n", command.name, command.summary);
  fmt::print(out, "\n  varve <command> --help lists the flags of a command; varve --version prints the version.\n");
}

// Thanos takes global flags before the command as well as behind it: the command is the first argument that is no flag.
int Main(std::vector<std::string> arguments) {
  size_t at = 0;
  while (at < arguments.size() && arguments[at].starts_with("--log.") && arguments[at].find('=') != std::string::npos) ++at;
  if (at == arguments.size()) return PrintHelp(stderr), 2;
  const std::string name = arguments[at];
  if (name == "--help" || name == "-h" || name == "help") return PrintHelp(stdout), 0;
  if (name == "--version" || name == "version") return fmt::print("varve, version {}\n", kVersion), 0;
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(at));
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run(command.name, command.summary, std::move(arguments));
  }
  for (const std::string_view coming : kComing) {
    if (coming == name) return fmt::print(stderr, "varve: error: command '{}' is not available in this version\n", name), 2;
  }
  fmt::print(stderr, "varve: error: expected command but got '{}', try --help\n", name);
  return 2;
}

}  // namespace
}  // namespace varve

int main(int argc, char** argv) {
  varve::KeepMallocSmall();
  return varve::Main(std::vector<std::string>(argv + 1, argv + argc));
}
