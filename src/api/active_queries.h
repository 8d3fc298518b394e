// The queries that run right now, written to a file, so that after a crash it can be told which of them did it.
//
//   [{"query":"up","timestamp_sec":1600000000}\0...,\0\0\0...          queries.active: "[", then slots of 1,000 bytes
//
// Shape    a slot is an object, zeros and a comma, or nothing but zeros. Text that does not fit is cut between characters. When
//          every slot is taken, further queries run unrecorded. Open logs what a run before left unfinished.
// Errors   Open: those of the directory and the file, with the path. Later ones are passed over: queries are worth more.
// Threads  share freely; entries go before the log.
// Source   prometheus promql/query_logger.go.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "runtime/clock.h"
#include "runtime/log.h"

namespace varve {

class ActiveQueries {
 public:
  // Makes the directory if needed. The clock outlives the log.
  static absl::StatusOr<std::unique_ptr<ActiveQueries>> Open(const std::string& directory, size_t slots, Clock& clock,
                                                             const Logger& logger);
  ~ActiveQueries();
  ActiveQueries(const ActiveQueries&) = delete;
  ActiveQueries& operator=(const ActiveQueries&) = delete;

  // A query is recorded for as long as its entry lives.
  class Entry {
   public:
    Entry(ActiveQueries* log, size_t slot) : log_(log), slot_(slot) {}
    Entry(Entry&& other) noexcept : log_(std::exchange(other.log_, nullptr)), slot_(other.slot_) {}
    Entry& operator=(Entry&&) = delete;
    ~Entry() {
      if (log_ != nullptr) log_->Remove(slot_);
    }

   private:
    ActiveQueries* log_;  // null: not recorded
    size_t slot_;
  };
  Entry Insert(std::string_view query);

 private:
  ActiveQueries(int file, size_t slots, Clock& clock);
  void Remove(size_t slot);
  void Write(size_t slot, std::string_view content);

  const int file_;
  Clock& clock_;
  Mutex mutex_;
  std::vector<size_t> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
