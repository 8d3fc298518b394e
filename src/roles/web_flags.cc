#include "roles/web_flags.h"

namespace varve {

void AddWebFlags(CommandLine& flags, WebFlags& web) {
  flags.Text("web.route-prefix", web.route_prefix, "Path under which API and page are served. Empty: --web.external-prefix.");
  flags.Text("web.external-prefix", web.external_prefix,
             "Path under which a proxy shows them. Links in the page are relative, so that it is needed only as the default of "
             "--web.route-prefix.");
  flags.Switch("web.disable-cors", web.disable_cors, "Send no CORS headers.");
  flags.Ignore({"web.prefix-header"}, "links in the page are relative, so that no prefix has to be known");
}

std::string RoutePrefix(const WebFlags& web) { return web.route_prefix.empty() ? web.external_prefix : web.route_prefix; }

}  // namespace varve
