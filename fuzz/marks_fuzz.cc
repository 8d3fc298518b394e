// Any bytes are a mark or an error; what was read is written and read again unchanged.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "blocks/marks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using varve::MarkKind;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  for (const MarkKind kind : {MarkKind::kDeletion, MarkKind::kNoCompact, MarkKind::kNoDownsample}) {
    const absl::StatusOr<varve::BlockMark> mark = ParseMark(kind, json);
    if (!mark.ok() || !varve::IsValidUtf8(mark->details) || !varve::IsValidUtf8(mark->reason)) continue;
    VARVE_CHECK(*ParseMark(kind, FormatMark(kind, *mark)) == *mark);
  }
  return 0;
}
