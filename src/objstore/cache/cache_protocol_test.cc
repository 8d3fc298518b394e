// What servers may answer, good and bad.
#include "objstore/cache/cache_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/errors.h"

namespace varve {
namespace {

// Hands out `step` bytes at a time.
class TextSource : public ByteSource {
 public:
  TextSource(std::string_view text, size_t step) : text_(text), step_(step) {}
  absl::StatusOr<size_t> Read(std::span<std::byte> out, Deadline) override {
    if (text_.empty()) return Unavailable("the end");
    const size_t count = std::min({step_, text_.size(), out.size()});
    std::memcpy(out.data(), text_.data(), count);
    text_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view text_;
  const size_t step_;
};

const std::vector<std::string> kKeys = {"a", "b", "c"};

absl::StatusOr<std::vector<std::string>> ReadGet(const CacheProtocol& protocol, std::string_view answer, size_t step) {
  TextSource source(answer, step);
  AnswerReader answers(source);
  std::vector<Blob> values(kKeys.size());
  const absl::Status status = protocol.ReadGetAnswer(answers, kKeys, 100, values);
  if (!status.ok()) return status;
  std::vector<std::string> texts;
  for (const Blob& value : values) texts.emplace_back(value.text());
  return texts;
}

struct Case {
  std::string_view answer;
  std::vector<std::string> values;  // none: an error
};

void Check(const CacheProtocol& protocol, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    for (const size_t step : {1, 3, 1000}) {
      const auto got = ReadGet(protocol, one.answer, step);
      EXPECT_EQ(got.ok(), !one.values.empty()) << one.answer;
      if (got.ok()) {
        EXPECT_EQ(*got, one.values) << one.answer;
      }
    }
  }
}

TEST(MemcachedProtocolTest, Answers) {
  const auto protocol = NewMemcachedProtocol();
  EXPECT_EQ(protocol->GetRequest(kKeys), "get a b c\r\n");
  EXPECT_EQ(protocol->SetRequest("a", AsBytes("xy"), std::chrono::hours(1)), "set a 0 3600 2\r\nxy\r\n");
  EXPECT_EQ(protocol->SetRequest("a", AsBytes("xy"), std::chrono::hours(10'000)), "set a 0 2592000 2\r\nxy\r\n");
  Check(*protocol, {{"END\r\n", {"", "", ""}},
                    {"VALUE b 0 4\r\n\r\nEN\r\nEND\r\n", {"", "\r\nEN", ""}},
                    {"VALUE a 0 1\r\nx\r\nVALUE c 9 2 77\r\nyz\r\nEND\r\n", {"x", "", "yz"}},
                    {"", {}},
                    {"END\n", {}},
                    {"ERROR\r\n", {}},
                    {"SERVER_ERROR out of memory\r\n", {}},
                    {"VALUE d 0 1\r\nx\r\nEND\r\n", {}},
                    {"VALUE c 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n", {}},
                    {"VALUE a 0 101\r\n", {}},
                    {"VALUE a 0 -1\r\nx\r\nEND\r\n", {}},
                    {"VALUE a 0 99999999999999999999\r\n", {}},
                    {"VALUE a 0 1\r\nxy\r\nEND\r\n", {}},
                    {"VALUE a 0 5\r\nx\r\nEND\r\n", {}},
                    {"VALUE\r\n", {}}});
}

TEST(RedisProtocolTest, Answers) {
  const auto protocol = NewRedisProtocol({});
  EXPECT_EQ(protocol->GetRequest(kKeys), "*4\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n");
  EXPECT_EQ(protocol->SetRequest("a", AsBytes("xy"), std::chrono::seconds(1)),
            "*5\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\nxy\r\n$2\r\nPX\r\n$4\r\n1000\r\n");
  Check(*protocol, {{"*3\r\n$-1\r\n$0\r\n\r\n$2\r\n\r\n\r\n", {"", "", "\r\n"}},
                    {"*3\r\n$1\r\nx\r\n$-1\r\n$-1\r\n", {"x", "", ""}},
                    {"", {}},
                    {"*2\r\n$-1\r\n$-1\r\n", {}},
                    {"*4\r\n", {}},
                    {"*-1\r\n", {}},
                    {"-NOAUTH Authentication required.\r\n", {}},
                    {"+OK\r\n", {}},
                    {"*3\r\n$101\r\n", {}},
                    {"*3\r\n$-2\r\n", {}},
                    {"*3\r\n$1\r\nxy\r\n", {}},
                    {"*3\r\n:1\r\n", {}},
                    {"*3\r\n$x\r\n", {}}});
}

TEST(AnswerReaderTest, ALineWithoutEndIsAnError) {
  const std::string endless(1 << 20, 'x');
  EXPECT_TRUE(absl::IsDataLoss(ReadGet(*NewMemcachedProtocol(), endless, 1000).status()));
}

}  // namespace
}  // namespace varve
