// An actor's way to the bucket that all actors share: every call hands the baton on, moves the clock, and may fail, take place
// although it fails, be answered from the past, or be the last one of the actor's process.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "blocks/testing/simulation/baton.h"
#include "objstore/bucket.h"
#include "runtime/clock.h"

namespace varve {

struct SimulatedFaults {
  double fail = 0.02;                      // Unavailable
  double crash = 0.01;                     // from this call on everything fails with Aborted, until Reboot
  double corrupt = 0.005;                  // a read has one flipped bit
  double corrupt_key = 0.01;               // a JSON object read whole has another key, or another value of a key
  double stale = 0;                        // a listing is the one this actor was given the last time it asked for the same
  std::chrono::milliseconds step{60'000};  // how long a call takes
};

class SimulatedBucket : public Bucket {
 public:
  // All of it outlives the bucket. What happens is written down in `history`.
  SimulatedBucket(Bucket& shared, Baton& baton, size_t actor, FakeClock& clock, SimulatedFaults faults,
                  std::vector<std::string>& history)
      : shared_(shared), baton_(baton), actor_(actor), clock_(clock), faults_(faults), history_(history) {}

  bool crashed() const { return crashed_; }
  void Reboot() { crashed_ = false; }
  uint64_t operations() const { return operations_; }

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override;
  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override;
  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override;
  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override;
  absl::StatusOr<bool> Exists(const Context& ctx, std::string_view name) override;
  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override;
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override;
  absl::Status Delete(const Context& ctx, std::string_view name) override;
  std::string_view name() const override { return shared_.name(); }
  std::string_view provider() const override { return shared_.provider(); }

 private:
  absl::Status Turn(std::string_view operation, std::string_view name);
  template <typename Write>
  absl::Status DoWrite(std::string_view operation, std::string_view name, Write write);
  void Damage(std::span<std::byte> bytes);
  void DamageKey(std::string& json);
  void Note(std::string_view what) { history_.back() += what; }
  absl::Status List(const Context& ctx, std::string_view directory, IterOptions options, std::vector<ObjectEntry>& entries);

  Bucket& shared_;
  Baton& baton_;
  const size_t actor_;
  FakeClock& clock_;
  const SimulatedFaults faults_;
  std::vector<std::string>& history_;                                          // of all actors
  std::map<std::pair<std::string, bool>, std::vector<ObjectEntry>> listings_;  // the last ones; by directory and recursive
  bool crashed_ = false;
  uint64_t operations_ = 0;
};

}  // namespace varve
