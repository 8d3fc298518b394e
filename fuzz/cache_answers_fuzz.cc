// What memcached, Redis, a listing cache and a cache record may be: anything.
#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/errors.h"
#include "blocks/index_cache.h"
#include "objstore/cache/cache_protocol.h"
#include "objstore/cache/cache_record.h"
#include "objstore/cached_values.h"

namespace varve {
namespace {

class FuzzSource : public ByteSource {
 public:
  explicit FuzzSource(Bytes bytes) : bytes_(bytes) {}
  absl::StatusOr<size_t> Read(std::span<std::byte> out, Deadline) override {
    if (bytes_.empty()) return Unavailable("the end");
    const size_t count = std::min(bytes_.size(), out.size());
    std::memcpy(out.data(), bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  Bytes bytes_;
};

}  // namespace
}  // namespace varve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace varve;
  if (size == 0) return 0;
  const Bytes bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  const std::vector<std::string> keys = {"a", "b", "c"};
  FuzzSource source(bytes);
  AnswerReader answers(source);
  std::vector<Blob> values(keys.size());
  switch (data[0] % 5) {
    case 0: NewMemcachedProtocol()->ReadGetAnswer(answers, keys, 1 << 16, values).IgnoreError(); break;
    case 1: NewRedisProtocol({})->ReadGetAnswer(answers, keys, 1 << 16, values).IgnoreError(); break;
    case 2: OpenCacheRecord("a", bytes); break;
    case 3:
      DecodeListing(bytes);
      DecodeAttributes(bytes);
      break;
    default:
      if (const auto refs = DecodeExpandedPostings(bytes)) VARVE_CHECK(std::is_sorted(refs->begin(), refs->end()));
  }
  return 0;
}
