// Where the buckets of a histogram end.
//
// Shape    an exponential bucket `i` ends at (2^(2^-schema))^i and starts where bucket i-1 ends; a custom one ends at
//          custom_values[i], the last at +Inf. Negative buckets mirror the positive ones.
// Source   prometheus model/histogram/generic.go, getBound: the same doubles bit by bit.
#pragma once

#include <cstdint>
#include <span>

#include "model/histogram.h"

namespace varve {

inline constexpr int32_t kReservedSchemaMin = -9;  // schemas that may come to be used one day
inline constexpr int32_t kReservedSchemaMax = 52;

constexpr bool IsExponentialSchema(int32_t schema) { return schema >= kExponentialSchemaMin && schema <= kExponentialSchemaMax; }
constexpr bool IsValidSchema(int32_t schema) { return schema == kCustomBucketsSchema || IsExponentialSchema(schema); }
// Valid, or one whose resolution a decoder can reduce to a valid one.
constexpr bool IsKnownSchema(int32_t schema) {
  return schema == kCustomBucketsSchema || (schema >= kReservedSchemaMin && schema <= kReservedSchemaMax);
}

// The upper bound of a positive bucket; `schema` is a valid exponential one.
double ExponentialBound(int64_t index, int32_t schema);
// The same for any valid schema; -Inf and +Inf outside the custom bounds.
double BucketBound(int64_t index, int32_t schema, std::span<const double> custom_values);

// The bucket of `target_schema` that holds bucket `index` of a finer exponential schema.
constexpr int64_t IndexAtSchema(int64_t index, int32_t schema, int32_t target_schema) {
  return ((index - 1) >> (schema - target_schema)) + 1;
}

}  // namespace varve
