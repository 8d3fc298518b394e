// Early returns for functions that answer absl::Status or absl::StatusOr.
//
//   VARVE_RETURN_IF_ERROR(file.Sync());
//   VARVE_ASSIGN_OR_RETURN(const BlockMeta meta, ParseMeta(text));
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <utility>

#define VARVE_CONCAT_INNER(a, b) a##b
#define VARVE_CONCAT(a, b) VARVE_CONCAT_INNER(a, b)

#define VARVE_RETURN_IF_ERROR(expression)                               \
  do {                                                                  \
    if (absl::Status varve_status = (expression); !varve_status.ok()) { \
      return varve_status;                                              \
    }                                                                   \
  } while (false)

#define VARVE_ASSIGN_OR_RETURN(declaration, expression) \
  VARVE_ASSIGN_OR_RETURN_INNER(VARVE_CONCAT(varve_status_or_, __LINE__), declaration, expression)

#define VARVE_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                         \
  if (!result.ok()) return std::move(result).status();                \
  declaration = *std::move(result)
