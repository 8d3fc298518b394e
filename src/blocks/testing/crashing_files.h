// The real files, until the process "dies" in a chosen operation: from then on everything fails, and nothing happens.
#pragma once

#include <atomic>

#include "runtime/files.h"

namespace varve {

class CrashingFiles : public Files {
 public:
  static constexpr int64_t kNever = -1;
  // Operation number `crash_at` (from 0) fails with Aborted; it takes place all the same if `crash_at` is odd.
  explicit CrashingFiles(int64_t crash_at) : crash_at_(crash_at) {}
  int64_t operations() const { return operations_; }
  bool crashed() const { return crash_at_ >= 0 && operations_ > crash_at_; }

  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const std::string& path) override;
  absl::StatusOr<std::string> ReadAll(const std::string& path) override;
  absl::Status WriteAtomically(const std::string& path, Bytes content) override;
  absl::StatusOr<FileInfo> Stat(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status MakeDirectories(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status HardLink(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status RemoveTree(const std::string& path) override;

 private:
  template <typename Operation>
  auto Do(Operation operation) -> decltype(operation());

  const int64_t crash_at_;
  std::atomic<int64_t> operations_ = 0;
};

}  // namespace varve
