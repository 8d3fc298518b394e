// Characters as the lexer tells them apart, and as its messages show them.
#pragma once

#include <string>

namespace varve::promql {

inline bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }
inline bool IsAlpha(char32_t c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool IsAlphaNumeric(char32_t c) { return IsAlpha(c) || IsDigit(c); }

// In single quotes, as Go's %q writes it; what is no character is shown as U+FFFD.
std::string QuotedCharacter(char32_t c);
// U+0078 'x', as Go's %#U.
std::string CodePointAndCharacter(char32_t c);

}  // namespace varve::promql
