// The life of a bucket in one process: a shipper, two compactors (the second one by mistake) and a store that looks on, each
// with the baton in turn; faults and crashes wherever the bucket is asked. The oracle is what the shipper was told is safe.
//
//   Simulation simulation(seed);
//   EXPECT_EQ(simulation.Run(), "");      // or what went wrong; the same every time for the seed
//
// Shape    at every moment each block that was acknowledged is among the sources of a block that a store would serve; at the end
//          every acknowledged sample is there, once, no healthy block is quarantined, and nothing is left of what broke off.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "blocks/compact/compact_service.h"
#include "blocks/testing/simulation/simulated_bucket.h"

namespace varve {

struct SimulationOptions {
  int blocks = 14;  // of two hours
  int compactors = 2;
  SimulatedFaults faults;
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed, SimulationOptions options = {});
  ~Simulation();

  std::string Run();  // empty, or what went wrong
  uint64_t operations() const { return operations_; }

 private:
  struct Node;
  using Samples = std::map<std::string, std::map<TimestampMs, double>>;

  void Ship(size_t actor, SimulatedBucket& bucket);
  void Compact(size_t actor, SimulatedBucket& bucket);
  void LookOn(size_t actor, SimulatedBucket& bucket);
  Ulid MakeBlock(int number);
  std::unique_ptr<Node> NewNode(Bucket& bucket, const std::string& name);
  std::string CheckCoverage();
  std::string SettleAndCheck();
  std::string CheckContent();
  void Blame(const std::string& what);

  const SimulationOptions options_;
  Baton baton_;
  FakeClock clock_;
  std::unique_ptr<Bucket> bucket_;
  std::string directory_;
  Executor io_{"io", 1};
  Executor workers_{"workers", 1};
  Samples samples_;  // of acknowledged blocks
  std::set<Ulid> acknowledged_;
  bool shipped_ = false;  // all of it
  std::string failure_;
  uint64_t operations_ = 0;
};

}  // namespace varve
