#include "roles/label_flags.h"

#include <algorithm>

#include "base/errors.h"
#include "model/names.h"

namespace varve {

std::vector<std::string> SplitCommas(const std::vector<std::string>& lists) {
  std::vector<std::string> items;
  for (const std::string& list : lists) {
    size_t at = 0;
    while (at <= list.size()) {
      const size_t comma = std::min(list.find(',', at), list.size());
      if (comma > at) items.push_back(list.substr(at, comma - at));
      at = comma + 1;
    }
  }
  return items;
}

absl::StatusOr<Labels> ParseLabelFlags(const std::vector<std::string>& flags) {
  LabelsBuilder labels;
  for (const std::string& flag : flags) {
    const size_t equals = flag.find('=');
    if (equals == std::string::npos) return InvalidArgument("label {:?}: write it as name=\"value\"", flag);
    const std::string name = flag.substr(0, equals);
    std::string value = flag.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (!IsValidLabelName(name)) return InvalidArgument("label {:?}: {:?} is not a label name", flag, name);
    labels.Set(name, value);
  }
  return labels.Build();
}

}  // namespace varve
