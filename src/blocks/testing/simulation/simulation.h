// The life of a bucket in one process: a shipper, compactors (more than one, by mistake), retention run by hand, and a store that
// looks on, each with the baton in turn; faults and crashes wherever the bucket is asked. The oracle is what the shipper was told
// is safe.
//
//   Simulation simulation(seed, OptionsOf(seed));
//   EXPECT_EQ(simulation.Run(), "");      // or what went wrong; the same every time for the seed
//
// Shape    at every moment each block that was acknowledged is among the sources of a block that a store would serve; at the end
//          every acknowledged sample is there, once, no healthy block is quarantined, and nothing is left of what broke off.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "blocks/compact/compact_service.h"
#include "blocks/testing/simulation/simulated_bucket.h"
#include "blocks/testing/simulation/simulation_oracle.h"

namespace varve {

struct SimulationOptions {
  int blocks = 14;  // of two hours
  int compactors = 2;
  bool retention = false;  // raw samples expire once they are downsampled
  SimulatedFaults faults;
};

// Every seed runs a mix of its own: one to three compactors, with and without stale listings and retention.
SimulationOptions OptionsOf(uint64_t seed);

class Simulation {
 public:
  explicit Simulation(uint64_t seed, SimulationOptions options = {});
  ~Simulation();

  std::string Run();  // empty, or what went wrong
  uint64_t operations() const { return operations_; }
  // What was asked of the bucket, by whom, and what came of it: the same every time for the seed.
  const std::vector<std::string>& history() const { return history_; }

 private:
  struct Node;

  void Ship(size_t actor, SimulatedBucket& bucket);
  void Compact(size_t actor, SimulatedBucket& bucket);
  void Retain(size_t actor, SimulatedBucket& bucket);
  void LookOn(size_t actor, SimulatedBucket& bucket);
  CompactServiceOptions ServiceOptions() const;
  Ulid NewId();  // by who holds the baton
  std::unique_ptr<Node> NewNode(Bucket& bucket, const std::string& name);
  std::string SettleAndCheck();

  const SimulationOptions options_;
  Baton baton_;
  FakeClock clock_;
  std::unique_ptr<Bucket> bucket_;
  const std::string directory_;
  Executor io_{"io", 1};
  Executor workers_{"workers", 1};
  SimulationOracle oracle_;
  bool shipped_ = false;  // all of it
  std::string failure_;   // the first one
  uint64_t operations_ = 0;
  std::vector<std::string> history_;
};

}  // namespace varve
