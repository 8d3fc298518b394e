// A bucket that misbehaves on demand and the same way each time: the fate of the n-th call of one kind on one name depends on
// the seed alone, not on threads or time.
//
//   auto faulty = std::make_unique<FaultyBucket>(NewMemoryBucket());
//   faulty->Set({.seed = 7, .fail = 0.1, .corrupt = 0.01});       // one call in ten is Unavailable, ...
//   faulty->Set({.crash_at_operation = 12});                      // the process dies in the twelfth call from now
//
// Threads  share freely.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "objstore/bucket.h"
#include "runtime/clock.h"

namespace varve {

struct BucketFaults {
  static constexpr int64_t kNever = -1;

  uint64_t seed = 1;
  // Probabilities.
  double fail = 0;      // Unavailable; half of the failed uploads and deletes have happened all the same
  double truncate = 0;  // a read ends early
  double corrupt = 0;   // a read has one flipped bit
  double delay = 0;     // the call first waits up to `delay_max`
  std::chrono::milliseconds delay_max{10};
  bool deny_deletes = false;  // PermissionDenied
  // From this call on (0 is the next one) all fail with Aborted; whether a write that crashes took place depends on the seed.
  int64_t crash_at_operation = kNever;
};

class FaultyBucket : public Bucket {
 public:
  explicit FaultyBucket(std::unique_ptr<Bucket> inner, Clock& clock = SystemClock());

  void Set(BucketFaults faults);  // also starts counting anew
  int64_t operations() const;     // calls since then
  // Objects whose names begin so are in cold storage from now on: there, but not to be read. "": none.
  void Freeze(std::string name_prefix);
  Bucket& inner() { return *inner_; }

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override;
  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override;
  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override;
  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override;
  absl::StatusOr<bool> Exists(const Context& ctx, std::string_view name) override;
  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override;
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override;
  absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) override;
  absl::Status Delete(const Context& ctx, std::string_view name) override;
  std::string_view name() const override { return inner_->name(); }
  std::string_view provider() const override { return inner_->provider(); }

 private:
  struct Fate {
    absl::Status status;          // what the call answers
    bool happens_anyway = false;  // a write takes place although it fails
    uint64_t dice = 0;            // for the details
    bool truncate = false, corrupt = false;
  };
  Fate Decide(const Context& ctx, std::string_view operation, std::string_view name);
  template <typename Write>
  absl::Status DoWrite(const Context& ctx, std::string_view operation, std::string_view name, Write write);
  absl::Status CheckThawed(std::string_view name) const;
  static size_t Damage(const Fate& fate, std::span<std::byte> bytes);  // the bytes that are left

  const std::unique_ptr<Bucket> inner_;
  Clock& clock_;
  mutable Mutex mutex_;
  BucketFaults faults_ ABSL_GUARDED_BY(mutex_);
  int64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string frozen_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> calls_ ABSL_GUARDED_BY(mutex_);  // by operation and name
};

}  // namespace varve
