#include "promql/function_signatures.h"

#include <algorithm>
#include <array>

namespace varve::promql {
namespace {

constexpr ValueType kScalar = ValueType::kScalar;
constexpr ValueType kVector = ValueType::kVector;
constexpr ValueType kMatrix = ValueType::kMatrix;
constexpr ValueType kString = ValueType::kString;

constexpr std::span<const ValueType> kNone = {};
template <ValueType... kTypes>
constexpr std::array<ValueType, sizeof...(kTypes)> kArgs = {kTypes...};

constexpr bool kExperimental = true;

//  name, argument types, variadic, return type, experimental
constexpr FunctionSignature kFunctions[] = {
    {"abs", kArgs<kVector>, 0, kVector},
    {"absent", kArgs<kVector>, 0, kVector},
    {"absent_over_time", kArgs<kMatrix>, 0, kVector},
    {"acos", kArgs<kVector>, 0, kVector},
    {"acosh", kArgs<kVector>, 0, kVector},
    {"asin", kArgs<kVector>, 0, kVector},
    {"asinh", kArgs<kVector>, 0, kVector},
    {"atan", kArgs<kVector>, 0, kVector},
    {"atanh", kArgs<kVector>, 0, kVector},
    {"avg_over_time", kArgs<kMatrix>, 0, kVector},
    {"ceil", kArgs<kVector>, 0, kVector},
    {"changes", kArgs<kMatrix>, 0, kVector},
    {"clamp", kArgs<kVector, kScalar, kScalar>, 0, kVector},
    {"clamp_max", kArgs<kVector, kScalar>, 0, kVector},
    {"clamp_min", kArgs<kVector, kScalar>, 0, kVector},
    {"cos", kArgs<kVector>, 0, kVector},
    {"cosh", kArgs<kVector>, 0, kVector},
    {"count_over_time", kArgs<kMatrix>, 0, kVector},
    {"day_of_month", kArgs<kVector>, 1, kVector},
    {"day_of_week", kArgs<kVector>, 1, kVector},
    {"day_of_year", kArgs<kVector>, 1, kVector},
    {"days_in_month", kArgs<kVector>, 1, kVector},
    {"deg", kArgs<kVector>, 0, kVector},
    {"delta", kArgs<kMatrix>, 0, kVector},
    {"deriv", kArgs<kMatrix>, 0, kVector},
    {"double_exponential_smoothing", kArgs<kMatrix, kScalar, kScalar>, 0, kVector, kExperimental},
    {"end", kNone, 0, kScalar, kExperimental},
    {"exp", kArgs<kVector>, 0, kVector},
    {"first_over_time", kArgs<kMatrix>, 0, kVector},
    {"floor", kArgs<kVector>, 0, kVector},
    {"histogram_avg", kArgs<kVector>, 0, kVector},
    {"histogram_count", kArgs<kVector>, 0, kVector},
    {"histogram_fraction", kArgs<kScalar, kScalar, kVector>, 0, kVector},
    {"histogram_quantile", kArgs<kScalar, kVector>, 0, kVector},
    {"histogram_quantiles", kArgs<kVector, kString, kScalar, kScalar>, 9, kVector, kExperimental},
    {"histogram_stddev", kArgs<kVector>, 0, kVector},
    {"histogram_stdvar", kArgs<kVector>, 0, kVector},
    {"histogram_sum", kArgs<kVector>, 0, kVector},
    {"hour", kArgs<kVector>, 1, kVector},
    {"idelta", kArgs<kMatrix>, 0, kVector},
    {"increase", kArgs<kMatrix>, 0, kVector},
    {"info", kArgs<kVector, kVector>, 1, kVector, kExperimental},
    {"irate", kArgs<kMatrix>, 0, kVector},
    {"label_join", kArgs<kVector, kString, kString, kString>, -1, kVector},
    {"label_replace", kArgs<kVector, kString, kString, kString, kString>, 0, kVector},
    {"last_over_time", kArgs<kMatrix>, 0, kVector},
    {"ln", kArgs<kVector>, 0, kVector},
    {"log10", kArgs<kVector>, 0, kVector},
    {"log2", kArgs<kVector>, 0, kVector},
    {"mad_over_time", kArgs<kMatrix>, 0, kVector, kExperimental},
    {"max_of", kArgs<kScalar, kScalar>, 0, kScalar, kExperimental},
    {"max_over_time", kArgs<kMatrix>, 0, kVector},
    {"min_of", kArgs<kScalar, kScalar>, 0, kScalar, kExperimental},
    {"min_over_time", kArgs<kMatrix>, 0, kVector},
    {"minute", kArgs<kVector>, 1, kVector},
    {"month", kArgs<kVector>, 1, kVector},
    {"pi", kNone, 0, kScalar},
    {"predict_linear", kArgs<kMatrix, kScalar>, 0, kVector},
    {"present_over_time", kArgs<kMatrix>, 0, kVector},
    {"quantile_over_time", kArgs<kScalar, kMatrix>, 0, kVector},
    {"rad", kArgs<kVector>, 0, kVector},
    {"range", kNone, 0, kScalar, kExperimental},
    {"rate", kArgs<kMatrix>, 0, kVector},
    {"resets", kArgs<kMatrix>, 0, kVector},
    {"round", kArgs<kVector, kScalar>, 1, kVector},
    {"scalar", kArgs<kVector>, 0, kScalar},
    {"sgn", kArgs<kVector>, 0, kVector},
    {"sin", kArgs<kVector>, 0, kVector},
    {"sinh", kArgs<kVector>, 0, kVector},
    {"sort", kArgs<kVector>, 0, kVector},
    {"sort_by_label", kArgs<kVector, kString>, -1, kVector, kExperimental},
    {"sort_by_label_desc", kArgs<kVector, kString>, -1, kVector, kExperimental},
    {"sort_desc", kArgs<kVector>, 0, kVector},
    {"sqrt", kArgs<kVector>, 0, kVector},
    {"start", kNone, 0, kScalar, kExperimental},
    {"start_timestamp", kArgs<kVector>, 0, kVector, kExperimental},
    {"stddev_over_time", kArgs<kMatrix>, 0, kVector},
    {"stdvar_over_time", kArgs<kMatrix>, 0, kVector},
    {"step", kNone, 0, kScalar, kExperimental},
    {"sum_over_time", kArgs<kMatrix>, 0, kVector},
    {"tan", kArgs<kVector>, 0, kVector},
    {"tanh", kArgs<kVector>, 0, kVector},
    {"time", kNone, 0, kScalar},
    {"timestamp", kArgs<kVector>, 0, kVector},
    {"ts_of_first_over_time", kArgs<kMatrix>, 0, kVector, kExperimental},
    {"ts_of_last_over_time", kArgs<kMatrix>, 0, kVector, kExperimental},
    {"ts_of_max_over_time", kArgs<kMatrix>, 0, kVector, kExperimental},
    {"ts_of_min_over_time", kArgs<kMatrix>, 0, kVector, kExperimental},
    {"vector", kArgs<kScalar>, 0, kVector},
    {"year", kArgs<kVector>, 1, kVector},
};

static_assert(std::ranges::is_sorted(kFunctions, {}, &FunctionSignature::name));

}  // namespace

const FunctionSignature* FindFunction(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kFunctions, name, {}, &FunctionSignature::name);
  return found != std::end(kFunctions) && found->name == name ? found : nullptr;
}

std::span<const FunctionSignature> AllFunctions() { return kFunctions; }

}  // namespace varve::promql
