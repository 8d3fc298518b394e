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

// VARVE_SIMULATION_SEED and VARVE_SIMULATION_SEEDS say which seeds are tried; a failure names its own.
TEST(SimulationTest, NothingIsLostAndNothingIsThereTwice) {
  const uint64_t first = FromEnvironment("VARVE_SIMULATION_SEED", 1);
  const uint64_t seeds = FromEnvironment("VARVE_SIMULATION_SEEDS", 60);
  uint64_t operations = 0, operations_min = ~uint64_t{0};
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    Simulation simulation(seed, OptionsOf(seed));
    EXPECT_EQ(simulation.Run(), "") << "VARVE_SIMULATION_SEED=" << seed << " after " << simulation.operations() << " operations";
    operations_min = std::min(operations_min, simulation.operations());
    operations += simulation.operations();
  }
  EXPECT_GE(operations_min, 200u);
  RecordProperty("operations", static_cast<int64_t>(operations));
  RecordProperty("operations_min", static_cast<int64_t>(operations_min));
}

// Seeds that once found something.
TEST(SimulationTest, SeedsOfOld) {
  for (
      const uint64_t seed : {
          uint64_t{
              3667},  // a read was damaged on the way, and the read that was to confirm it was too: a healthy block was quarantined
      }) {
    EXPECT_EQ(Simulation(seed).Run(), "") << "VARVE_SIMULATION_SEED=" << seed;
  }
}

TEST(SimulationTest, ASeedIsTheSameRunAgain) {
  uint64_t operations[2];
  for (uint64_t& count : operations) {
    Simulation simulation(7);
    EXPECT_EQ(simulation.Run(), "");
    count = simulation.operations();
  }
  EXPECT_EQ(operations[0], operations[1]);
}

}  // namespace
}  // namespace varve
