// Any bytes are an index-header or an error; one that opens can be searched without looking outside of it.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "blocks/index_header.h"

namespace {

class Input : public varve::MappedFile {
 public:
  explicit Input(varve::Bytes bytes) : content_(bytes.begin(), bytes.end()) {}
  varve::Bytes bytes() const override { return content_; }

 private:
  const varve::ByteBuffer content_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const varve::Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto header = varve::IndexHeader::Open(std::make_shared<Input>(bytes));
  if (!header.ok()) return 0;
  for (const std::string_view name : (*header)->postings().LabelNames()) {
    (*header)->postings().ForEachValue(name, "", [&](const varve::PostingsOffsetTable::Entry& entry) {
      const auto found = (*header)->postings().Find(name, entry.value);
      VARVE_CHECK(found.has_value());
      return true;
    });
  }
  for (uint32_t ref = 0; ref < (*header)->symbols().size() && ref < 1000; ++ref) {
    VARVE_CHECK((*header)->symbols().Lookup(ref).ok());
  }
  return 0;
}
