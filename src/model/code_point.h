// Unicode code points and their UTF-8 form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace varve {

uint32_t CodePoint(std::string_view character);  // of one whole, valid UTF-8 sequence
void AppendCodePoint(std::string& out, uint32_t code);

}  // namespace varve
