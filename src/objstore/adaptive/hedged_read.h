// Hedged reads: a read that takes longer than most is asked for once more, elsewhere in the server, and the first answer is taken.
//
//   Hedger::Outcome outcome = hedger.Run(ctx, delay, read_here, read_elsewhere, admit);
//   if (outcome.backup.has_value()) ... the answer of the backup, which won ...
//
// Shape    the caller's own try runs on the caller's thread; a backup starts after `delay` on a thread of the hedger, if one is free, its
//          share of all reads is not used up, and `admit` agrees. Who loses is cancelled. A failed try waits for a backup that is
//          under way.
// Errors   that of the caller's own try, when no backup succeeds.
// Threads  share freely. What a backup reads with outlives the hedger, not just the call.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "objstore/adaptive/delay_timer.h"
#include "runtime/context.h"
#include "runtime/executor.h"

namespace varve {

class Hedger {
 public:
  struct Options {
    int up_to = 2;            // tries of one read, the first included
    double share_max = 0.05;  // of backups among all reads, in the long run
    size_t threads = 8;       // backups at a time
  };
  using Try = std::function<absl::Status(const Context&)>;
  using Backup = std::function<absl::StatusOr<std::string>(const Context&)>;
  // Asked before a backup starts; what it answers is held until the backup has ended. Empty: not now.
  using Admit = std::function<std::shared_ptr<void>()>;

  struct Outcome {
    absl::Status status;                // OK if anybody succeeded
    std::optional<std::string> backup;  // what a backup read, if it was first
    int backups = 0;                    // that were begun
  };

  explicit Hedger(Options options);

  Outcome Run(const Context& ctx, std::chrono::steady_clock::duration delay, const Try& own, Backup backup, Admit admit);

 private:
  class Race;
  bool TakeShare();
  void GiveBack(double share);
  void Launch(const std::shared_ptr<Race>& race);
  void Arm(std::shared_ptr<Race> race);

  const Options options_;
  Mutex mutex_;
  double share_ ABSL_GUARDED_BY(mutex_) = 1;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  Executor executor_;
  DelayTimer timer_;  // gone first
};

}  // namespace varve
