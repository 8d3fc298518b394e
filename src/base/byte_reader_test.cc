#include "base/byte_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "base/byte_writer.h"

namespace varve {
namespace {

TEST(ByteReaderTest, ReadsBackWhatAWriterWrote) {
  ByteWriter writer;
  writer.U8(0xab);
  writer.U16(0x1234);
  writer.U32(0xdeadbeef);
  writer.U64(0x0123456789abcdefULL);
  writer.F64(-1.5);
  for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, std::numeric_limits<uint64_t>::max()})
    writer.Uvarint(value);
  for (const int64_t value :
       {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    writer.Varint(value);
  }
  writer.UvarintText("hello");

  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.U8(), 0xab);
  EXPECT_EQ(reader.U16(), 0x1234);
  EXPECT_EQ(reader.U32(), 0xdeadbeef);
  EXPECT_EQ(reader.U64(), 0x0123456789abcdefULL);
  EXPECT_EQ(reader.F64(), -1.5);
  for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, std::numeric_limits<uint64_t>::max()}) {
    EXPECT_EQ(reader.Uvarint(), value);
  }
  for (const int64_t value :
       {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(reader.Varint(), value);
  }
  EXPECT_EQ(reader.UvarintText(), "hello");
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.empty());
}

TEST(ByteReaderTest, ReadsThreesOfUvarintsAsOneByOne) {
  const uint64_t values[] = {
      0, 1, 127, 128, 300, 16'383, 16'384, 1'785'000, uint64_t{1} << 27, uint64_t{1} << 34, uint64_t{1} << 41};
  using Triple = std::array<uint64_t, 3>;
  int all = 0, some = 0, none = 0;
  for (const uint64_t a : values) {
    for (const uint64_t b : values) {
      for (const uint64_t c : values) {
        // The same lengths again, then others, then again the first ones.
        const std::vector<Triple> written = {{a, b, c}, {a / 2 + 1, b, c}, {c, a, b}, {a, b, c}};
        for (const size_t behind : {0, 1, 8}) {
          ByteWriter writer;
          std::vector<size_t> ends = {0};
          for (const Triple& triple : written) {
            for (const uint64_t value : triple) writer.Uvarint(value);
            ends.push_back(writer.size());
          }
          for (size_t i = 0; i < behind; ++i) writer.U8(0xff);
          size_t expected = 0;
          while (expected < written.size() && ends[expected + 1] - ends[expected] <= 8 && writer.size() - ends[expected] >= 8)
            ++expected;
          ByteReader reader(writer.bytes());
          std::vector<Triple> read;
          const size_t count = reader.UvarintTriples(written.size(), [&](uint64_t x, uint64_t y, uint64_t z) {
            read.push_back({x, y, z});
          });
          ASSERT_EQ(count, expected);
          EXPECT_EQ(read, std::vector<Triple>(written.begin(), written.begin() + static_cast<ptrdiff_t>(expected)));
          EXPECT_EQ(reader.position(), ends[expected]);
          ++(expected == written.size() ? all : expected > 0 ? some : none);
        }
      }
    }
  }
  EXPECT_GT(all, 100);
  EXPECT_GT(some, 100);
  EXPECT_GT(none, 100);
}

TEST(ByteReaderTest, FailsForGoodPastTheEnd) {
  const std::string_view text = "abc";
  ByteReader reader(AsBytes(text));
  EXPECT_EQ(reader.U32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.U8(), 0);
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReaderTest, RefusesAVarintOfMoreThan64Bits) {
  const std::string text(9, '\xff');
  const std::string overlong = text + "\x02";
  ByteReader too_big(AsBytes(overlong));
  EXPECT_EQ(too_big.Uvarint(), 0u);
  EXPECT_FALSE(too_big.ok());
  const std::string endless(20, '\xff');
  ByteReader reader(AsBytes(endless));
  reader.Uvarint();
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReaderTest, RefusesALengthBeyondTheEnd) {
  ByteWriter writer;
  writer.Uvarint(std::numeric_limits<uint64_t>::max());
  writer.U8('x');
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.UvarintText(), "");
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace varve
