// Environment variables in configs given by flags, the way Thanos substitutes them.
//
// Shape    $(NAME) becomes the variable's value, and so does ${NAME} when NAME starts with a letter or underscore and is set;
//          any other ${...} stays as it is: relabelling rules write ${1}. A value is not expanded again.
// Errors   InvalidArgument for a $(NAME) that is not set.
// Source   efficientgo/tools extkingpin (path-or-content flags).
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace varve {

using EnvLookup = std::function<std::optional<std::string>(const std::string& name)>;

std::optional<std::string> ProcessEnv(const std::string& name);

absl::StatusOr<std::string> ExpandEnv(std::string_view text, const EnvLookup& lookup = ProcessEnv);

}  // namespace varve
