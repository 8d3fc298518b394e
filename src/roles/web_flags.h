// The flags of roles with a web page: where it is served, and who may read it.
// Source: thanos cmd/thanos/config.go webConfig.
#pragma once

#include <string>

#include "roles/command_line.h"

namespace varve {

struct WebFlags {
  std::string route_prefix;
  std::string external_prefix;
  bool disable_cors = false;
};

void AddWebFlags(CommandLine& flags, WebFlags& web);

// Where API and page are served: --web.route-prefix, or else --web.external-prefix.
std::string RoutePrefix(const WebFlags& web);

}  // namespace varve
