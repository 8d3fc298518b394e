// Text in double quotes as Go's strconv.Quote writes it, which is how Prometheus shows label values and string literals.
//
// Shape    \a \b \f \n \r \t \v \\ \" as such; other unprintable characters as \x07, \u200b, \U000e0001; a byte that is not
//          UTF-8 as \xff.
#pragma once

#include <string>
#include <string_view>

namespace varve {

void AppendQuoted(std::string& out, std::string_view text);
std::string Quoted(std::string_view text);

}  // namespace varve
