// What has been acknowledged in a simulation, and whether it is still there.
//
// Shape    a block is three series of eight samples; the model keeps every sample. With retention raw samples may go, and what
//          has to be left is the count of each window of 5 minutes.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/ulid.h"
#include "objstore/bucket.h"
#include "runtime/clock.h"
#include "runtime/executor.h"

namespace varve {

class SimulationOracle {
 public:
  static constexpr TimestampMs kBlockMs = 7'200'000;

  // All of it outlives the oracle. `directory` is for files under way.
  SimulationOracle(Bucket& bucket, Executor& io, FakeClock& clock, std::string directory)
      : bucket_(bucket), io_(io), clock_(clock), directory_(std::move(directory)) {}

  // Block `number` of the shipper, as <directory>/head/<ULID>.
  Ulid MakeBlock(int number) const;
  void Acknowledge(Ulid id, int number);

  // These answer what is wrong, or nothing.
  //
  // At every moment: what a store would serve has every acknowledged block among its sources, and all of its objects.
  std::string CheckCoverage(std::chrono::milliseconds delete_delay) const;
  // At the end: every sample once (or the windows of every sample once, if `windows`), no block quarantined or marked, nothing
  // left of broken uploads.
  std::string CheckContent(bool windows) const;

 private:
  using Series = std::map<TimestampMs, double>;
  using Samples = std::map<std::string, Series>;

  std::string ReadBlock(Ulid id, bool windows, Samples& found) const;
  Samples Windows() const;

  Bucket& bucket_;
  Executor& io_;
  FakeClock& clock_;
  const std::string directory_;
  Samples samples_;  // acknowledged
  std::set<Ulid> acknowledged_;
};

}  // namespace varve
