// The functions of PromQL: their argument types and what they answer. What they compute is in promql/functions/.
//
// Shape    one static table, sorted by name; entries live for ever, so pointers to them may be kept and compared.
// Source   prometheus promql/parser/functions.go.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "promql/ast.h"

namespace varve::promql {

struct FunctionSignature {
  std::string_view name;
  std::span<const ValueType> arg_types;
  // 0: exactly arg_types. n > 0: the last argument may be left out or given up to n times. -1: left out or any number of times.
  int variadic = 0;
  ValueType return_type = ValueType::kVector;
  bool experimental = false;
};

const FunctionSignature* FindFunction(std::string_view name);  // null if there is none
std::span<const FunctionSignature> AllFunctions();

}  // namespace varve::promql
