#include "store/left_out_blocks.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace varve {
namespace {

Ulid BlockNumber(uint8_t n) { return Ulid::FromTime(1'600'000'000'000 + n, {}); }

TEST(LeftOutBlocksTest, TheLogIsNotFlooded) {
  MetricsRegistry registry;
  FakeClock clock{1'700'000'000'000};
  int lines = 0;
  const Logger logger(LogLevel::kInfo, LogFormat::kLogfmt, [&lines](std::string_view) { ++lines; });
  Counter& count = NewCounter(registry, "left_out", "Left out.");
  FrozenBlocks frozen(clock, registry, logger);
  LeftOutBlocks blocks(count, frozen, clock, logger);

  const absl::Status gone = NotFound("read chunks/000001: there is no such object");
  for (int i = 0; i < 100; ++i) blocks.Add(BlockNumber(1), gone);
  EXPECT_EQ(lines, 1);
  EXPECT_EQ(count.Value(), 100);
  for (int i = 0; i < 100; ++i) blocks.Add(BlockNumber(static_cast<uint8_t>(i)), gone);
  EXPECT_EQ(lines, LeftOutBlocks::kToldMax);
  clock.Advance(std::chrono::minutes(1));
  blocks.Add(BlockNumber(1), gone);
  EXPECT_EQ(lines, LeftOutBlocks::kToldMax + 1);
}

}  // namespace
}  // namespace varve
