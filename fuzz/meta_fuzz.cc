// meta.json: what parses is written back as something that parses to the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "tsdb/block_meta.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto meta = varve::ParseBlockMeta({reinterpret_cast<const char*>(data), size});
  if (!meta.ok()) return 0;
  const std::string text = varve::BlockMetaToJson(*meta);
  const auto again = varve::ParseBlockMeta(text);
  VARVE_CHECK(again.ok());
  VARVE_CHECK(varve::BlockMetaToJson(*again) == text);
  return 0;
}
