#include "api/ui/assets.h"

#include <array>

// The assembler copies the files in as they are; VARVE_UI_DIR is where ui/CMakeLists.txt bundled them.
#define VARVE_EMBED(symbol, file)                    \
  asm(".section .rodata\n"                           \
      ".global varve_ui_" #symbol                    \
      "_begin\n"                                     \
      ".global varve_ui_" #symbol                    \
      "_end\n"                                       \
      "varve_ui_" #symbol                            \
      "_begin:\n"                                    \
      ".incbin \"" VARVE_UI_DIR "/" file             \
      "\"\n"                                         \
      "varve_ui_" #symbol                            \
      "_end:\n"                                      \
      ".byte 0\n"                                    \
      ".previous\n");                                \
  extern "C" const char varve_ui_##symbol##_begin[]; \
  extern "C" const char varve_ui_##symbol##_end[];

VARVE_EMBED(index, "index.html")
VARVE_EMBED(script, "app.js")
VARVE_EMBED(style, "app.css")
VARVE_EMBED(icon, "favicon.svg")
VARVE_EMBED(blocks_page, "blocks.html")
VARVE_EMBED(blocks_script, "blocks.js")

namespace varve {
namespace {

std::string_view Between(const char* begin, const char* end) { return {begin, static_cast<size_t>(end - begin)}; }

}  // namespace

std::span<const UiAsset> UiAssets() {
  static const std::array<UiAsset, 6> assets = {{
      {"index.html", "text/html; charset=utf-8", Between(varve_ui_index_begin, varve_ui_index_end)},
      {"app.js", "text/javascript; charset=utf-8", Between(varve_ui_script_begin, varve_ui_script_end)},
      {"app.css", "text/css; charset=utf-8", Between(varve_ui_style_begin, varve_ui_style_end)},
      {"favicon.svg", "image/svg+xml", Between(varve_ui_icon_begin, varve_ui_icon_end)},
      {"blocks.html", "text/html; charset=utf-8", Between(varve_ui_blocks_page_begin, varve_ui_blocks_page_end)},
      {"blocks.js", "text/javascript; charset=utf-8", Between(varve_ui_blocks_script_begin, varve_ui_blocks_script_end)},
  }};
  return assets;
}

const UiAsset* FindUiAsset(std::string_view path) {
  for (const UiAsset& asset : UiAssets()) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace varve
