#include "blocks/testing/simulation/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace varve {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : fallback;
}

std::string Last(const std::vector<std::string>& history, size_t count) {
  std::string text;
  for (size_t i = history.size() - std::min(count, history.size()); i < history.size(); ++i) text += "\n  " + history[i];
  return text;
}

// VARVE_SIMULATION_SEED and VARVE_SIMULATION_SEEDS say which seeds are tried; a failure names its own. With VARVE_SIMULATION_HISTORY
// all operations of a failure are shown.
TEST(SimulationTest, NothingIsLostAndNothingIsThereTwice) {
  const uint64_t first = FromEnvironment("VARVE_SIMULATION_SEED", 1);
  const uint64_t seeds = FromEnvironment("VARVE_SIMULATION_SEEDS", 60);
  uint64_t operations = 0, operations_min = ~uint64_t{0};
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    Simulation simulation(seed, OptionsOf(seed));
    const std::string wrong = simulation.Run();
    const size_t shown = std::getenv("VARVE_SIMULATION_HISTORY") != nullptr ? SIZE_MAX : 40;
    EXPECT_EQ(wrong, "") << "VARVE_SIMULATION_SEED=" << seed << " after " << simulation.operations()
                         << " operations, the last ones:" << (wrong.empty() ? "" : Last(simulation.history(), shown));
    operations_min = std::min(operations_min, simulation.operations());
    operations += simulation.operations();
  }
  EXPECT_GE(operations_min, 200u);
  RecordProperty("operations", static_cast<int64_t>(operations));
  RecordProperty("operations_min", static_cast<int64_t>(operations_min));
}

// Seeds that once found something.
TEST(SimulationTest, SeedsOfOld) {
  // A read was damaged on the way, and the read that was to confirm it was too: a healthy block was quarantined.
  EXPECT_EQ(Simulation(3667).Run(), "");
  // 115361: a block was quarantined for what a damaged read of its meta.json had said. The others: such a meta.json was found out,
  // and used again in the same round by who still held it.
  for (const uint64_t seed : {110283, 110554, 115361, 119827}) {
    EXPECT_EQ(Simulation(seed, OptionsOf(seed)).Run(), "") << "VARVE_SIMULATION_SEED=" << seed;
  }
}

// A meta.json was damaged on the way, and what it said was believed: numSeries, minTime, maxTime. A healthy block was quarantined.
TEST(SimulationTest, SeedsOfDamagedMetas) {
  for (const uint64_t seed : {77, 128, 159, 289, 293}) {
    EXPECT_EQ(Simulation(seed, OptionsOf(seed)).Run(), "") << "VARVE_SIMULATION_SEED=" << seed;
  }
}

TEST(SimulationTest, ASeedIsTheSameRunAgain) {
  for (const uint64_t seed : {7, 10, 11}) {
    std::vector<std::string> histories[2];
    for (auto& history : histories) {
      Simulation simulation(seed, OptionsOf(seed));
      EXPECT_EQ(simulation.Run(), "");
      history = simulation.history();
    }
    EXPECT_GT(histories[0].size(), 200u);
    EXPECT_EQ(histories[0], histories[1]);
  }
}

}  // namespace
}  // namespace varve
