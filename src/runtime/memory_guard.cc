#include "runtime/memory_guard.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "runtime/malloc_arenas.h"

namespace varve {
namespace {

constexpr std::chrono::milliseconds kInterval(25);
constexpr int kRoundsBetweenTrims = 10;
constexpr int64_t kRoundsToForget = 40;

struct ResidentBytes {
  int64_t own = 0;
  int64_t of_files = 0;  // code, and what is mapped
};

ResidentBytes ReadResident() {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return {};
  long long total = 0, resident = 0, shared = 0;
  const int fields = std::fscanf(file, "%lld %lld %lld", &total, &resident, &shared);
  std::fclose(file);
  if (fields != 3) return {};
  const int64_t page = ::sysconf(_SC_PAGESIZE);
  return {.own = (resident - shared) * page, .of_files = shared * page};
}

}  // namespace

std::function<int64_t()> NewResidentMeter() {
  return [code = ReadResident().of_files] { return ReadResident().own + code; };
}

MemoryGuard::MemoryGuard(MemoryBudget& budget, std::function<int64_t()> resident)
    : budget_(budget),
      resident_(std::move(resident)),
      task_("memory-guard", SystemClock(), kInterval, [this](const Context&) { Look(); }) {}

MemoryGuard::~MemoryGuard() {
  task_.Stop();
  budget_.Release(charged_);
}

int64_t MemoryGuard::Charge() {
  const int64_t known = budget_.used() - charged_;
  // What came and went between two looks comes again: it is forgotten in about a second, and not at once.
  const int64_t unknown =
      std::max({resident_() - known, charged_ - (charged_ + kRoundsToForget - 1) / kRoundsToForget, int64_t{0}});
  if (unknown > charged_) {
    budget_.Charge(unknown - charged_);
  } else {
    budget_.Release(charged_ - unknown);
  }
  charged_ = unknown;
  return budget_.used() - budget_.limit();
}

void MemoryGuard::Look() {
  if (budget_.limit() == 0) return;
  ++rounds_since_trim_;
  const int64_t over = Charge();
  const bool much_unknown = charged_ > budget_.limit() / 4;
  if (over <= 0 && !much_unknown) return;
  if (over > 0) budget_.Reclaim(over);
  if (rounds_since_trim_ < kRoundsBetweenTrims) return;
  rounds_since_trim_ = 0;
  ReturnFreeMemory();
  Charge();
}

}  // namespace varve
