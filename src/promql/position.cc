#include "promql/position.h"

#include <fmt/format.h>

#include <algorithm>

namespace varve::promql {

std::string LineAndColumn(PositionRange range, std::string_view query) {
  if (query.empty()) return "unknown position";
  if (range.start < 0 || static_cast<size_t>(range.start) > query.size()) return "invalid position";
  const std::string_view before = query.substr(0, static_cast<size_t>(range.start));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_break = before.rfind('\n');
  const size_t column = line_break == std::string_view::npos ? before.size() + 1 : before.size() - line_break;
  return fmt::format("{}:{}", line, column);
}

}  // namespace varve::promql
