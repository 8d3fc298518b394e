// Where a node or a token stands in the text of its query.
#pragma once

#include <string>
#include <string_view>

namespace varve::promql {

struct PositionRange {
  int start = 0;  // bytes from the start of the query
  int end = 0;    // one past the last byte
  friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

// The start of `range` as "line:column", both counted from 1, columns in bytes.
std::string LineAndColumn(PositionRange range, std::string_view query);

}  // namespace varve::promql
