// memcached's text protocol: its get and set have been the same in every version, and in what imitates it.
// Source: memcached doc/protocol.txt.
#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/cache/cache_protocol.h"

namespace varve {
namespace {

constexpr int64_t kRelativeSecondsMax = int64_t{30} * 24 * 3600;  // more would be taken for a date

struct ValueHead {
  std::string_view key;
  uint64_t bytes = 0;
};

// VALUE <key> <flags> <bytes>[ <cas>]
absl::StatusOr<ValueHead> ParseValueHead(std::string_view line) {
  std::string_view fields[4];
  for (std::string_view& field : fields) {
    const size_t blank = std::min(line.find(' '), line.size());
    field = line.substr(0, blank);
    line.remove_prefix(std::min(blank + 1, line.size()));
  }
  ValueHead head = {.key = fields[1]};
  if (fields[0] != "VALUE" || !absl::SimpleAtoi(absl::string_view(fields[3].data(), fields[3].size()), &head.bytes)) {
    return DataLoss("memcached answered a get with {:?}", fields[0]);
  }
  return head;
}

class MemcachedProtocol : public CacheProtocol {
 public:
  absl::Status Greet(CacheConnection&, ByteSource::Deadline) const override { return absl::OkStatus(); }

  std::string GetRequest(std::span<const std::string> keys) const override {
    std::string request = "get";
    for (const std::string& key : keys) request.append(" ").append(key);
    return request.append("\r\n");
  }

  // Values come in the order of the keys, without those that are not there.
  absl::Status ReadGetAnswer(AnswerReader& answers, std::span<const std::string> keys, size_t value_bytes_max,
                             std::span<Blob> values) const override {
    size_t next = 0;
    while (true) {
      VARVE_ASSIGN_OR_RETURN(const std::string line, answers.Line());
      if (line == "END") return absl::OkStatus();
      VARVE_ASSIGN_OR_RETURN(const ValueHead head, ParseValueHead(line));
      while (next < keys.size() && keys[next] != head.key) ++next;
      if (next == keys.size()) return DataLoss("memcached answered with a key it was not asked for");
      if (head.bytes > value_bytes_max) {
        return ResourceExhausted("memcached answered with a value of {} bytes, {} are allowed", head.bytes, value_bytes_max);
      }
      const auto content = std::make_shared_for_overwrite<std::byte[]>(head.bytes);
      VARVE_RETURN_IF_ERROR(answers.Content({content.get(), head.bytes}));
      values[next++] = Blob(Bytes(content.get(), head.bytes), content);
    }
  }

  std::string SetRequest(const std::string& key, Bytes value, std::chrono::milliseconds ttl) const override {
    const int64_t seconds = std::clamp<int64_t>(ttl.count() / 1000, 1, kRelativeSecondsMax);
    return fmt::format("set {} 0 {} {}\r\n{}\r\n", key, seconds, value.size(), AsText(value));
  }
  absl::Status ReadSetAnswer(AnswerReader& answers) const override {
    VARVE_ASSIGN_OR_RETURN(const std::string line, answers.Line());
    return line == "STORED" ? absl::OkStatus() : FailedPrecondition("memcached answered a set with {:?}", line);
  }
};

}  // namespace

std::unique_ptr<CacheProtocol> NewMemcachedProtocol() { return std::make_unique<MemcachedProtocol>(); }

}  // namespace varve
