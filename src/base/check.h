// VARVE_CHECK(condition): a promise inside our own code. A broken one is a bug, so the process ends with file, line and
// condition; it is on in release builds too. Bad input is never a check, it is a Status.
#pragma once

namespace varve {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace varve

#define VARVE_CHECK(condition)                                              \
  (__builtin_expect(static_cast<bool>(condition), 1) ? static_cast<void>(0) \
                                                     : ::varve::CheckFailed(#condition, __FILE__, __LINE__))
