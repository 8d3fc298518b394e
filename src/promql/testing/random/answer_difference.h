// How far two answers to a query are apart.
#pragma once

#include <optional>
#include <string>

#include "promql/testing/random/query_answer.h"

namespace varve::promql {

inline constexpr double kRoundingErrorMax = 1e-12;  // what rounding alone may do, see rounding.h

struct AnswerDifference {
  double size = 0;   // the largest relative error of a number; infinite if it is not only numbers that differ
  std::string what;  // "{job=\"a\"} at 60000: 1 and 2"
};

struct CompareOptions {
  bool ordered = false;      // series must come in the same order
  bool messages = false;     // failures must be of the same kind, and say the same if the text is at fault
  bool annotations = false;  // warnings and infos must be the same
  bool positions = false;    // and name the same place in the query
};

// The worst one; nothing if they are the same bit by bit (all NaNs are one).
std::optional<AnswerDifference> FindDifference(const QueryAnswer& ours, const QueryAnswer& theirs, const CompareOptions& options);

}  // namespace varve::promql
