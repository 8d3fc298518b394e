#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <random>

namespace varve {
namespace {

TEST(Crc32cTest, KnownAnswers) {
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xe3069283u);  // the check value of the CRC catalogue
  EXPECT_EQ(Crc32c(Bytes()), 0u);
  const ByteBuffer zeros(32);
  EXPECT_EQ(Crc32c(zeros), 0x8a9136aau);  // RFC 3720, B.4
}

TEST(Crc32cTest, FastAgreesWithPortableAndGoesOnWhereItStopped) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 200; ++size) {
    ByteBuffer bytes(size);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    const uint32_t whole = Crc32c(bytes);
    EXPECT_EQ(whole, internal::Crc32cPortable(bytes, 0));
    const Bytes view(bytes);
    EXPECT_EQ(whole, Crc32c(view.subspan(size / 3), Crc32c(view.first(size / 3))));
  }
}

}  // namespace
}  // namespace varve
