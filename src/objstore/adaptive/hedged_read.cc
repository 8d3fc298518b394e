#include "objstore/adaptive/hedged_read.h"

#include <algorithm>
#include <utility>

#include "objstore/adaptive/waiter_queue.h"

namespace varve {
namespace {

constexpr double kShareSaved = 20;  // backups that may come at once after a quiet time

}  // namespace

// One read and its backups, alive as long as any of them runs.
class Hedger::Race {
 public:
  Race(const Context& ctx, std::chrono::steady_clock::duration delay, Backup backup, Admit admit, int backups_max)
      : delay(delay),
        own_(ctx),
        // A backup may outlive the call, so it must not touch what the call lent.
        backup_ctx_(ctx.WithStop(backups_.get_token()).WithMemory(nullptr).WithUsage(nullptr)),
        backup_(std::move(backup)),
        admit_(std::move(admit)),
        backups_left_(backups_max) {}

  const std::chrono::steady_clock::duration delay;
  const Context& own_context() const { return own_.context(); }

  // If there is still a reason for another backup it counts as begun; what is answered is then to be held until it has ended.
  std::shared_ptr<void> Begin() {
    MutexLock lock(mutex_);
    if (over_ || backups_left_ == 0) return nullptr;
    std::shared_ptr<void> held = admit_();
    if (held == nullptr) return nullptr;
    --backups_left_;
    ++begun_;
    ++running_;
    return held;
  }

  bool WantsMore() {
    MutexLock lock(mutex_);
    return !over_ && backups_left_ > 0;
  }

  void RunBackup() {
    absl::StatusOr<std::string> answer = backup_(backup_ctx_);
    bool won = false;
    {
      MutexLock lock(mutex_);
      --running_;
      won = answer.ok() && !over_ && !answer_.has_value();
      if (won) answer_ = *std::move(answer);
      ended_.notify_all();
    }
    if (won) own_.Cancel();
  }

  // The own try has ended, one way or the other.
  Outcome Finish(const Context& ctx, absl::Status own) {
    Outcome outcome;
    {
      MutexLock lock(mutex_);
      if (!own.ok()) {
        WaitFor(ctx, lock, ended_, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return running_ == 0 || answer_.has_value(); });
        outcome.backup = std::move(answer_);
      }
      over_ = true;
      outcome.backups = begun_;
    }
    backups_.request_stop();
    if (!outcome.backup.has_value()) outcome.status = std::move(own);
    return outcome;
  }

 private:
  CancelScope own_;
  std::stop_source backups_;
  const Context backup_ctx_;
  const Backup backup_;
  const Admit admit_;
  Mutex mutex_;
  CondVar ended_;
  int backups_left_ ABSL_GUARDED_BY(mutex_);
  int begun_ ABSL_GUARDED_BY(mutex_) = 0, running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<std::string> answer_ ABSL_GUARDED_BY(mutex_);
};

Hedger::Hedger(Options options) : options_(options), executor_("hedge", options.threads) {}

Hedger::Outcome Hedger::Run(const Context& ctx, std::chrono::steady_clock::duration delay, const Try& own, Backup backup,
                            Admit admit) {
  {
    MutexLock lock(mutex_);
    share_ = std::min(kShareSaved, share_ + options_.share_max);
  }
  const auto race = std::make_shared<Race>(ctx, delay, std::move(backup), std::move(admit), options_.up_to - 1);
  Arm(race);
  return race->Finish(ctx, own(race->own_context()));
}

void Hedger::Arm(std::shared_ptr<Race> race) {
  const auto delay = race->delay;
  timer_.After(delay, [this, race = std::move(race)] { Launch(race); });
}

bool Hedger::TakeShare() {
  MutexLock lock(mutex_);
  if (share_ < 1 || running_ == options_.threads) return false;
  share_ -= 1;
  ++running_;
  return true;
}

void Hedger::GiveBack(double share) {
  MutexLock lock(mutex_);
  share_ += share;
  --running_;
}

void Hedger::Launch(const std::shared_ptr<Race>& race) {
  if (!race->WantsMore() || !TakeShare()) return;
  std::shared_ptr<void> held = race->Begin();
  if (held == nullptr) return GiveBack(1);
  executor_.Post([this, race, held = std::move(held)]() mutable {
    race->RunBackup();
    held.reset();
    GiveBack(0);
  });
  if (race->WantsMore()) Arm(race);
}

}  // namespace varve
