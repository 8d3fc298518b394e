#include "blocks/lifecycle/storage_class.h"

#include <algorithm>
#include <array>

namespace varve {
namespace {

constexpr std::array<StorageClass, 11> kClasses = {{
    {"STANDARD", true, 0.023, 0, 0, 0},
    {"STANDARD_IA", true, 0.0125, 0.01, 30, 0.01},
    {"ONEZONE_IA", true, 0.01, 0.01, 30, 0.01},
    {"INTELLIGENT_TIERING", true, 0.023, 0, 0, 0.01},
    {"GLACIER_IR", true, 0.004, 0.03, 90, 0.02},
    {"GLACIER", false, 0.0036, 0.01, 90, 0.03},
    {"DEEP_ARCHIVE", false, 0.00099, 0.02, 180, 0.05},
    {"NEARLINE", true, 0.01, 0.01, 30, 0.01},
    {"COLDLINE", true, 0.004, 0.02, 90, 0.02},
    {"ARCHIVE", true, 0.0012, 0.05, 365, 0.05},  // of GCS, which answers at once
    {"DURABLE_REDUCED_AVAILABILITY", true, 0.023, 0, 0, 0},
}};

}  // namespace

const StorageClass& StandardClass() { return kClasses[0]; }

const StorageClass* FindStorageClass(std::string_view name) {
  const auto* found =
      std::find_if(kClasses.begin(), kClasses.end(), [name](const StorageClass& one) { return one.name == name; });
  return found == kClasses.end() ? nullptr : found;
}

std::string KnownStorageClasses() {
  std::string names;
  for (const StorageClass& one : kClasses) names.append(names.empty() ? "" : ", ").append(one.name);
  return names;
}

}  // namespace varve
