// Which Varve this is.
#pragma once

#include <string_view>

namespace varve {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace varve
