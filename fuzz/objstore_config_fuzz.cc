// Environment expansion and the object storage YAML: any text is a config or an error.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/check.h"
#include "objstore/config.h"
#include "objstore/env_expansion.h"
#include "objstore/object_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lookup = [](const std::string& name) {
    return name.size() % 2 == 0 ? std::optional<std::string>("v") : std::nullopt;
  };
  const absl::StatusOr<std::string> expanded = varve::ExpandEnv(text, lookup);
  const auto config = varve::ParseBucketConfig(expanded.ok() ? *expanded : text);
  if (config.ok() && !config->prefix.empty()) VARVE_CHECK(varve::CheckObjectName(config->prefix).ok());
  return 0;
}
