// Rows of text for people or programs.
// Source: thanos cmd/thanos/tools_bucket.go printTable, printCSV, printTSV.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace varve {

struct TextTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // as wide as the header

  // Sorts by the columns named, the first one first. InvalidArgument for one that is not there.
  absl::Status SortBy(const std::vector<std::string>& columns);
  // `format` is table, csv, tsv or json (an array of objects).
  absl::StatusOr<std::string> Format(std::string_view format) const;
};

}  // namespace varve
