#include <absl/container/flat_hash_map.h>

#include "base/check.h"
#include "promql/functions/function.h"
#include "promql/functions/function_tables.h"

namespace varve::promql {
namespace {

using Registry = absl::flat_hash_map<std::string_view, const FunctionImpl*>;

Registry BuildRegistry() {
  Registry registry;
  for (const std::span<const FunctionImpl> table :
       {AbsentFunctions(), ChangeFunctions(), DateFunctions(), EndFunctions(), ExtremeFunctions(), HistogramQuantileFunctions(),
        HistogramValueFunctions(), InstantRateFunctions(), LabelFunctions(), MathFunctions(), OverTimeFunctions(),
        RateFunctions(), ScalarFunctions(), SortFunctions(), SpreadFunctions(), TrendFunctions()}) {
    for (const FunctionImpl& function : table) VARVE_CHECK(registry.emplace(function.name, &function).second);
  }
  return registry;
}

}  // namespace

const FunctionImpl* FindFunctionImpl(std::string_view name) {
  static const Registry& registry = *new Registry(BuildRegistry());
  const auto found = registry.find(name);
  return found == registry.end() ? nullptr : found->second;
}

}  // namespace varve::promql
