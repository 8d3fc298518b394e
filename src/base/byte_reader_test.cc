#include "base/byte_reader.h"

#include <gtest/gtest.h>

#include <limits>

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

TEST(ByteReaderTest, ReadsThreeUvarintsAtOnceAsOneByOne) {
  const uint64_t values[] = {
      0, 1, 127, 128, 300, 16'383, 16'384, 1'785'000, uint64_t{1} << 27, uint64_t{1} << 34, uint64_t{1} << 41};
  int at_once = 0, one_by_one = 0;
  for (const uint64_t a : values) {
    for (const uint64_t b : values) {
      for (const uint64_t c : values) {
        for (const size_t behind : {0, 1, 8}) {
          ByteWriter writer;
          for (const uint64_t value : {a, b, c}) writer.Uvarint(value);
          const size_t bytes = writer.size();
          for (size_t i = 0; i < behind; ++i) writer.U8(0xff);
          ByteReader reader(writer.bytes());
          uint64_t read[3] = {};
          const bool done = reader.ThreeUvarints(read);
          EXPECT_EQ(done, bytes <= 8 && bytes + behind >= 8);
          done ? ++at_once : ++one_by_one;
          if (!done) {
            EXPECT_EQ(reader.position(), 0u);
            continue;
          }
          EXPECT_EQ(read[0], a);
          EXPECT_EQ(read[1], b);
          EXPECT_EQ(read[2], c);
          EXPECT_EQ(reader.position(), bytes);
        }
      }
    }
  }
  EXPECT_GT(at_once, 100);
  EXPECT_GT(one_by_one, 100);
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
