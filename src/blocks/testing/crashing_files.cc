#include "blocks/testing/crashing_files.h"

#include "base/errors.h"

namespace varve {

template <typename Operation>
auto CrashingFiles::Do(Operation operation) -> decltype(operation()) {
  const int64_t number = operations_++;
  if (crash_at_ < 0 || number < crash_at_) return operation();
  if (number == crash_at_ && crash_at_ % 2 == 1) (void)operation();
  return Aborted("the process crashed");
}

absl::StatusOr<std::shared_ptr<const MappedFile>> CrashingFiles::Map(const std::string& path) {
  return Do([&] { return RealFiles().Map(path); });
}
absl::StatusOr<std::string> CrashingFiles::ReadAll(const std::string& path) {
  return Do([&] { return RealFiles().ReadAll(path); });
}
absl::Status CrashingFiles::WriteAtomically(const std::string& path, Bytes content) {
  return Do([&] { return RealFiles().WriteAtomically(path, content); });
}
absl::StatusOr<FileInfo> CrashingFiles::Stat(const std::string& path) {
  return Do([&] { return RealFiles().Stat(path); });
}
absl::StatusOr<std::vector<std::string>> CrashingFiles::List(const std::string& directory) {
  return Do([&] { return RealFiles().List(directory); });
}
absl::Status CrashingFiles::MakeDirectories(const std::string& path) {
  return Do([&] { return RealFiles().MakeDirectories(path); });
}
absl::Status CrashingFiles::Rename(const std::string& from, const std::string& to) {
  return Do([&] { return RealFiles().Rename(from, to); });
}
absl::Status CrashingFiles::HardLink(const std::string& from, const std::string& to) {
  return Do([&] { return RealFiles().HardLink(from, to); });
}
absl::Status CrashingFiles::Remove(const std::string& path) {
  return Do([&] { return RealFiles().Remove(path); });
}
absl::Status CrashingFiles::RemoveTree(const std::string& path) {
  return Do([&] { return RealFiles().RemoveTree(path); });
}

}  // namespace varve
