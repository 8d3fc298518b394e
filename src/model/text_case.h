// Text in lower or upper case, character by character, as Go's strings.ToLower and strings.ToUpper.
//
// Shape    Unicode's simple mappings, as the C library's C.UTF-8 locale has them; without that locale only ASCII changes. A byte
//          that is not UTF-8 becomes U+FFFD if the text goes beyond ASCII.
#pragma once

#include <string>
#include <string_view>

namespace varve {

std::string ToLowerText(std::string_view text);
std::string ToUpperText(std::string_view text);

}  // namespace varve
