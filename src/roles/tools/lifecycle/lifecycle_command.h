// `varve tools lifecycle`: lifecycle rules of buckets, written and judged.
//
//   generate   writes a policy to standard output that is safe for the blocks and the retention given, and what it saves to the log
//   check      says what a policy would freeze or delete; the exit code is 1 if that is anything still needed
//
// Without a bucket `check` judges the rules by themselves.
#pragma once

#include <string>
#include <vector>

namespace varve {

// `arguments` begins with the command's name.
int RunLifecycle(std::vector<std::string> arguments);

}  // namespace varve
