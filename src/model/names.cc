#include "model/names.h"

#include "base/utf8.h"

namespace varve {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool IsLegacyName(std::string_view name, bool colons) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    if (!IsNameStart(c) && !(c >= '0' && c <= '9') && !(colons && c == ':')) return false;
  }
  return true;
}

bool IsUtf8Name(std::string_view name) { return !name.empty() && IsValidUtf8(name); }

}  // namespace

bool IsLegacyLabelName(std::string_view name) { return IsLegacyName(name, /*colons=*/false); }
bool IsLegacyMetricName(std::string_view name) { return IsLegacyName(name, /*colons=*/true); }

bool IsValidLabelName(std::string_view name, NameScheme scheme) {
  return scheme == NameScheme::kLegacy ? IsLegacyLabelName(name) : IsUtf8Name(name);
}
bool IsValidMetricName(std::string_view name, NameScheme scheme) {
  return scheme == NameScheme::kLegacy ? IsLegacyMetricName(name) : IsUtf8Name(name);
}

}  // namespace varve
