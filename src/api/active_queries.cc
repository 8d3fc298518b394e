#include "api/active_queries.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/errors.h"
#include "base/json_writer.h"
#include "base/status_macros.h"
#include "runtime/files.h"

namespace varve {
namespace {

constexpr size_t kSlotBytes = 1000;

std::string EntryJson(std::string_view query, int64_t seconds) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Field("query", query);
  json.Field("timestamp_sec", seconds);
  json.EndObject();
  return text;
}

// The entry with as much of the query as a slot can hold beside its comma. Escapes may make text longer than it is.
std::string FittingEntryJson(std::string_view query, int64_t seconds) {
  std::string text = EntryJson(query, seconds);
  while (text.size() > kSlotBytes - 1) {
    size_t cut = query.size() - std::min(query.size(), text.size() - (kSlotBytes - 1));
    while (cut > 0 && (static_cast<uint8_t>(query[cut]) & 0xc0) == 0x80) --cut;  // not inside of a character
    query = query.substr(0, cut);
    text = EntryJson(query, seconds);
  }
  return text;
}

void LogUnfinished(const std::string& path, const Logger& logger) {
  absl::StatusOr<std::string> text = RealFiles().ReadAll(path);
  if (!text.ok()) return;  // the first run
  std::erase(*text, '\0');
  if (text->size() <= 1) return;
  text->back() = ']';  // in place of the last comma
  logger.Info("These queries didn't finish in the last run:", {{"queries", *text}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<ActiveQueries>> ActiveQueries::Open(const std::string& directory, size_t slots, Clock& clock,
                                                                   const Logger& logger) {
  VARVE_RETURN_IF_ERROR(RealFiles().MakeDirectories(directory));
  const std::string path = JoinPath(directory, "queries.active");
  LogUnfinished(path, logger);
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return absl::ErrnoToStatus(errno, "open " + path);
  std::unique_ptr<ActiveQueries> log(new ActiveQueries(file, slots, clock));
  if (::ftruncate(file, static_cast<off_t>(1 + slots * kSlotBytes)) != 0 || ::pwrite(file, "[", 1, 0) != 1) {
    return absl::ErrnoToStatus(errno, "write " + path);
  }
  return log;
}

ActiveQueries::ActiveQueries(int file, size_t slots, Clock& clock) : file_(file), clock_(clock) {
  for (size_t slot = slots; slot > 0; --slot) free_.push_back(slot - 1);
}

ActiveQueries::~ActiveQueries() { ::close(file_); }

ActiveQueries::Entry ActiveQueries::Insert(std::string_view query) {
  size_t slot = 0;
  {
    MutexLock lock(mutex_);
    if (free_.empty()) return Entry(nullptr, 0);
    slot = free_.back();
    free_.pop_back();
  }
  std::string content = FittingEntryJson(query, clock_.NowMs() / 1000);
  content.resize(kSlotBytes, '\0');
  content.back() = ',';
  Write(slot, content);
  return Entry(this, slot);
}

void ActiveQueries::Remove(size_t slot) {
  Write(slot, std::string(kSlotBytes, '\0'));
  MutexLock lock(mutex_);
  free_.push_back(slot);
}

void ActiveQueries::Write(size_t slot, std::string_view content) {
  [[maybe_unused]] const ssize_t written =
      ::pwrite(file_, content.data(), content.size(), static_cast<off_t>(1 + slot * kSlotBytes));
}

}  // namespace varve
