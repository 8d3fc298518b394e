// Go's json.MarshalIndent: the form in which Prometheus and Thanos write meta.json.
#pragma once

#include <string>
#include <string_view>

namespace varve {

// Spreads compact, valid JSON over lines indented by tabs. <, >, & in strings become \u003c, \u003e, \u0026, as Go has it.
std::string IndentJson(std::string_view compact);

}  // namespace varve
