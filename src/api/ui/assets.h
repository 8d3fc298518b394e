// The files of the web page, inside the binary.
#pragma once

#include <span>
#include <string_view>

namespace varve {

struct UiAsset {
  std::string_view path;  // below the page's root: "app.js"; the page itself is "index.html"
  std::string_view content_type;
  std::string_view content;
};

std::span<const UiAsset> UiAssets();
const UiAsset* FindUiAsset(std::string_view path);  // nullptr if there is none

}  // namespace varve
