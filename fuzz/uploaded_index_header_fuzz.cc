// An index-header uploaded beside a block may be anything.
#include "blocks/uploaded_index_header.h"
#include "runtime/memory_budget.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varve::MemoryBudget budget("fuzz", 1 << 24);
  const varve::Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  varve::UnpackIndexHeader(varve::Context().WithMemory(&budget), varve::Ulid(), 0, bytes).IgnoreError();
  return 0;
}
