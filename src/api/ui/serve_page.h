// Serves a page of the binary's own, and what it loads.
//
// Shape    one file whatever the path: the page looks at its address itself. Paths and parts are below the router's prefix, and
//          links in pages are relative, so that they work behind any prefix; the root leads to the first path.
#pragma once

#include <initializer_list>
#include <string_view>

#include "net/http_router.h"

namespace varve {

struct UiPage {
  std::string_view file;                          // "index.html"
  std::initializer_list<std::string_view> parts;  // other assets
  std::initializer_list<std::string_view> paths;  // where the page is, the first one first
};
void ServePage(HttpRouter& router, const UiPage& page);

// The page of blocks over time, for roles that answer /api/v1/blocks (api/blocks_handlers.h).
void ServeBlocksPage(HttpRouter& router);

}  // namespace varve
