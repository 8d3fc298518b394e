// Parts of a regular expression in which no character means what it does elsewhere.
#pragma once

#include <cstddef>
#include <string_view>

namespace varve {

// The index of the bracket that closes the character class at `open`, or the size of `text`.
size_t ClassEnd(std::string_view text, size_t open);

// The index behind what \Q at `open` quotes, with its \E.
size_t QuotedEnd(std::string_view text, size_t open);

}  // namespace varve
