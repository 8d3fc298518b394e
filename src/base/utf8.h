// UTF-8 as Go's unicode/utf8 judges it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace varve {

size_t Utf8SequenceLength(std::string_view text);  // of the first character, 1 to 4; 0 if `text` starts with none
bool IsValidUtf8(std::string_view text);

}  // namespace varve
