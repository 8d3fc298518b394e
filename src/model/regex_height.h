// What Go's parser of regular expressions refuses and RE2 takes: trees of more than a thousand levels, and \C.
//
//   a(b*c)+     concat(a, plus(capture(concat(star(b), c))))     6 levels
//
// Shape    levels are counted as Go builds them: runs of literals are one node, groups that do not capture are none, a
//          concatenation within a concatenation is part of it. Where Go factors out what alternatives begin with, it may come
//          to a level more.
// Errors   InvalidArgument in Go's words. Text that is no regular expression passes: RE2 says what is wrong with it.
// Source   go regexp/syntax/parse.go, maxHeight and checkHeight.
#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace varve {

absl::Status CheckAsGo(std::string_view pattern);

}  // namespace varve
