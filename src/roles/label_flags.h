// Labels and lists on the command line.
// Source: thanos cmd/thanos/config.go parseFlagLabels.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "model/labels.h"

namespace varve {

// The items of lists with commas, one by one; empty ones are left out.
std::vector<std::string> SplitCommas(const std::vector<std::string>& lists);

// InvalidArgument unless each is name="value" or name=value.
absl::StatusOr<Labels> ParseLabelFlags(const std::vector<std::string>& flags);

}  // namespace varve
