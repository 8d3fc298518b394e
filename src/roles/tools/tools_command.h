// `varve tools`: finds the command among those of `tools bucket` and runs it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace varve {

int RunTools(std::string_view name, std::string_view summary, std::vector<std::string> arguments);

}  // namespace varve
