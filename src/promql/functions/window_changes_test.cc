#include "promql/functions/window_changes.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <vector>

#include "promql/functions/extrapolation.h"

namespace varve::promql {
namespace {

struct Case {
  TimestampMs first, last;  // in a window that begins at 0
  size_t samples;
  double first_value, change;
};

// What one window after the other gives.
double Plain(const RangeCall& call, const Case& one, bool counter) {
  Extrapolation shape(call, 0, one.first, one.last, one.samples);
  if (counter && one.change > 0 && one.first_value >= 0) shape.NotBelowZero(one.first_value / one.change);
  return one.change * shape.Factor(true);
}

TEST(WindowChangesTest, AreToTheBitThoseOfExtrapolation) {
  RangeCall call;
  call.range_ms = 300'000;
  call.grid = {.start = call.range_ms, .step_ms = 1, .count = 1};
  std::mt19937_64 random(7);
  const auto below = [&random](uint64_t limit) { return static_cast<int64_t>(random() % limit); };
  const std::vector<double> values = {0,           -0.0, 1, 17.25, 1e-300, 1e300, -3, std::numeric_limits<double>::infinity(),
                                      std::nan("")};
  const auto value = [&]() {
    return below(4) == 0 ? values[static_cast<size_t>(below(values.size()))] : static_cast<double>(below(100'000)) / 7;
  };

  for (const size_t count : {size_t{1}, size_t{5}, WindowChanges::kMax - 1, WindowChanges::kMax}) {
    for (const bool counter : {true, false}) {
      WindowChanges changes;
      for (int round = 0; round < 20; ++round) {  // the columns hold windows of the round before
        std::vector<Case> cases;
        for (size_t i = 0; i < count; ++i) {
          const TimestampMs first = below(150'000), last = first + 1 + below(150'000);
          cases.push_back({first, last, static_cast<size_t>(2 + below(30)), value(), value()});
          changes.Add(i * 3, {.change = cases[i].change,
                              .first_value = counter ? cases[i].first_value : -1,
                              .sampled_ms = last - first,
                              .to_start_ms = first,
                              .to_end_ms = call.range_ms - last,
                              .gaps = cases[i].samples - 1});
        }
        EXPECT_EQ(changes.full(), count == WindowChanges::kMax);
        size_t next = 0;
        changes.Extrapolate(DurationSeconds(call.range_ms), [&](size_t step, double got) {
          ASSERT_LT(next, count);
          const Case& one = cases[next];
          const double want = Plain(call, one, counter);
          EXPECT_EQ(step, next++ * 3);
          EXPECT_EQ(std::bit_cast<uint64_t>(got), std::bit_cast<uint64_t>(want))
              << one.first_value << ' ' << one.change << ": " << got << ", not " << want;
        });
        EXPECT_EQ(next, count);
      }
    }
  }
}

}  // namespace
}  // namespace varve::promql
