#include "api/ui/serve_page.h"

#include <string>

#include "api/ui/assets.h"
#include "base/check.h"

namespace varve {
namespace {

HttpHandler AnswerAsset(std::string_view file) {
  const UiAsset* asset = FindUiAsset(file);
  VARVE_CHECK(asset != nullptr);
  return [asset](const HttpRequest&) {
    HttpResponse response;
    response.headers.Set("Content-Type", asset->content_type);
    // Names do not change with content, so a browser has to ask again.
    response.headers.Set("Cache-Control", "no-cache");
    response.body = std::string(asset->content);
    return response;
  };
}

}  // namespace

void ServePage(HttpRouter& router, const UiPage& page) {
  for (const std::string_view path : page.paths) router.Add("GET", path, AnswerAsset(page.file));
  for (const std::string_view part : page.parts) router.Add("GET", "/" + std::string(part), AnswerAsset(part));
  if (router.prefix().empty()) return;
  const auto redirect = [to = router.prefix() + std::string(*page.paths.begin())](const HttpRequest&) {
    HttpResponse response = HttpResponse::Text(302, "");
    response.headers.Set("Location", to);
    return response;
  };
  router.AddAtRoot("GET", "/", redirect);
  router.AddAtRoot("GET", router.prefix(), redirect);
}

// Thanos' paths lead to it, so that their links work.
void ServeBlocksPage(HttpRouter& router) {
  ServePage(
      router,
      {.file = "blocks.html", .parts = {"blocks.js", "app.css", "favicon.svg"}, .paths = {"/blocks", "/", "/loaded", "/global"}});
}

}  // namespace varve
