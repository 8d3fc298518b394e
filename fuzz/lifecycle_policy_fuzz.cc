// Any text as a lifecycle policy: an error, or rules that can be held against a name and a time.
#include "blocks/lifecycle/lifecycle_policy.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto policy = varve::ParseLifecyclePolicy({reinterpret_cast<const char*>(data), size});
  if (!policy.ok()) return 0;
  for (const varve::LifecycleRule& rule : policy->rules) {
    rule.Matches("01ARZ3NDEKTSV4RRFFQ69G5FAV/chunks/000001", size);
    if (rule.expiration.has_value()) rule.expiration->For(0);
    for (const auto& transition : rule.transitions) {
      if (transition.to == nullptr) __builtin_trap();
      transition.when.For(0);
    }
  }
  return 0;
}
