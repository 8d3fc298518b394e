#include "objstore/cache/disk_cache.h"

#include <absl/container/flat_hash_map.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>

#include "base/errors.h"
#include "base/hash.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "objstore/cache/disk_record.h"
#include "objstore/posix_file.h"

namespace varve {
namespace {

constexpr std::string_view kFilePrefix = "varve-cache-";
constexpr std::string_view kFileSuffix = ".log";
constexpr uint64_t kFiles = 16;  // at least, that the cache is spread over when it is full
constexpr uint64_t kFileBytesMax = 1 << 30;

struct LogFile {
  LogFile(std::string file_path, int fd) : path(std::move(file_path)), descriptor(fd) {}
  const std::string path;
  const posix::FileDescriptor descriptor;
};

std::string FileName(uint64_t number) { return fmt::format("{}{:016}{}", kFilePrefix, number, kFileSuffix); }

// The number in a name that FileName made.
std::optional<uint64_t> NumberOf(std::string_view name) {
  if (!name.starts_with(kFilePrefix) || !name.ends_with(kFileSuffix)) return std::nullopt;
  uint64_t number = 0;
  for (const char c : name.substr(kFilePrefix.size(), name.size() - kFilePrefix.size() - kFileSuffix.size())) {
    if (c < '0' || c > '9' || number > UINT64_MAX / 100) return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return FileName(number) == name ? std::optional(number) : std::nullopt;
}

bool ReadFully(int fd, uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out = out.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
  return true;
}

bool WriteFully(int fd, uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(done));
    offset += static_cast<uint64_t>(done);
  }
  return true;
}

class DiskCache : public ByteCache {
 public:
  DiskCache(DiskCacheOptions options, const Logger& logger, MetricsRegistry& registry, const std::string& prefix, Clock& clock)
      : options_(std::move(options)),
        file_bytes_max_(std::clamp<uint64_t>(options_.bytes_max / kFiles, 1, kFileBytesMax)),
        logger_(logger),
        clock_(clock),
        items_(NewGauge(registry, prefix + "items", "Number of items in the cache on disk.")),
        bytes_(NewGauge(registry, prefix + "total_size_bytes", "Bytes of the files of the cache on disk.")),
        added_(NewCounter(registry, prefix + "items_added_total", "Number of items added to the cache on disk.")),
        dropped_(
            NewCounter(registry, prefix + "items_dropped_total", "Number of items dropped from the cache on disk for room.")),
        failures_(NewCounter(registry, prefix + "failures_total",
                             "Number of reads and writes of the cache on disk that failed or met damaged bytes.")) {
    NewGauge(registry, prefix + "max_size_bytes", "Most bytes that the files of the cache on disk may have.")
        .Set(static_cast<double>(options_.bytes_max));
  }

  absl::Status Open() {
    VARVE_RETURN_IF_ERROR(posix::MakeDirectoriesDurably(options_.directory));
    VARVE_RETURN_IF_ERROR(Lock());
    VARVE_RETURN_IF_ERROR(OpenFiles());
    scan_ = std::jthread([this](const std::stop_token& stop) { ScanFiles(stop); });
    return absl::OkStatus();
  }

  std::vector<Blob> Get(const Context&, std::span<const std::string> keys) override {
    std::vector<Blob> found(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) found[i] = GetOneKey(keys[i]);
    return found;
  }

  void Put(const std::string& key, const Blob& value, std::chrono::milliseconds ttl) override {
    if (ttl.count() <= 0 || value.size() > options_.item_bytes_max) return;
    added_.Increment();
    Append(key, EncodeDiskRecord(key, value.bytes(), clock_.NowMs() + ttl.count()));
  }

 private:
  struct Place {
    uint64_t file = 0;
    uint32_t offset = 0, bytes = 0;
  };
  using FileMap = std::map<uint64_t, std::shared_ptr<LogFile>>;

  absl::Status Lock() {
    const std::string path = options_.directory + "/varve-cache.lock";
    lock_ = std::make_unique<posix::FileDescriptor>(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!lock_->ok()) return posix::ErrnoStatus(errno, "open", path);
    if (::flock(lock_->get(), LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
    return FailedPrecondition("cache directory {}: another process uses it; give each process its own", options_.directory);
  }

  absl::Status OpenFiles() {
    std::error_code error;
    std::filesystem::directory_iterator entries(options_.directory, error);
    MutexLock lock(mutex_);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      const std::optional<uint64_t> number = NumberOf(entries->path().filename().string());
      if (!number.has_value()) continue;
      auto file = OpenFile(*number, O_RDONLY);
      struct stat info {};
      if (file == nullptr || ::fstat(file->descriptor.get(), &info) != 0) continue;
      sizes_[*number] = static_cast<uint64_t>(info.st_size);
      total_bytes_ += sizes_[*number];
      files_[*number] = std::move(file);
    }
    if (error) return posix::ErrnoStatus(error.value(), "list", options_.directory);
    next_number_ = files_.empty() ? 1 : files_.rbegin()->first + 1;
    to_scan_ = files_;
    while (total_bytes_ > options_.bytes_max && !files_.empty()) DropOldest();
    bytes_.Set(static_cast<double>(total_bytes_));
    return absl::OkStatus();
  }

  std::shared_ptr<LogFile> OpenFile(uint64_t number, int flags) {
    std::string path = options_.directory + "/" + FileName(number);
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    auto file = std::make_shared<LogFile>(std::move(path), fd);
    if (fd >= 0) return file;
    failures_.Increment();
    return nullptr;
  }

  // From the newest file to the oldest: the first record found of a key is the one that counts.
  void ScanFiles(const std::stop_token& stop) {
    for (auto file = to_scan_.rbegin(); file != to_scan_.rend() && !stop.stop_requested(); ++file) {
      ScanFile(file->first, *file->second, stop);
    }
    to_scan_.clear();
  }

  void ScanFile(uint64_t number, const LogFile& file, const std::stop_token& stop) {
    absl::flat_hash_map<uint64_t, Place> found;  // in a file the last record of a key counts
    uint64_t offset = 0;
    std::byte bytes[kDiskRecordHeadBytes];
    while (!stop.stop_requested() && ReadFully(file.descriptor.get(), offset, bytes)) {
      const std::optional<DiskRecordHead> head = DecodeDiskRecordHead(bytes);
      if (!head.has_value() || offset + head->record_bytes() > UINT32_MAX) break;  // the rest was not written to its end
      std::string key(head->key_bytes, '\0');
      if (!ReadFully(file.descriptor.get(), offset + sizeof(bytes), std::as_writable_bytes(std::span(key)))) break;
      found[XxHash64(key)] = {number, static_cast<uint32_t>(offset), static_cast<uint32_t>(head->record_bytes())};
      offset += head->record_bytes();
    }
    MutexLock lock(mutex_);
    if (!files_.contains(number)) return;  // dropped meanwhile
    for (const auto& [hash, place] : found) places_.emplace(hash, place);
    items_.Set(static_cast<double>(places_.size()));
  }

  Blob GetOneKey(const std::string& key) {
    const uint64_t hash = XxHash64(key);
    Place place;
    std::shared_ptr<LogFile> file;
    bool is_old = false;
    {
      MutexLock lock(mutex_);
      const auto found = places_.find(hash);
      if (found == places_.end()) return Blob();
      place = found->second;
      file = files_.at(place.file);
      is_old = IsOld(place.file);
    }
    const auto bytes = std::make_shared_for_overwrite<std::byte[]>(place.bytes);
    const bool read = ReadFully(file->descriptor.get(), place.offset, {bytes.get(), place.bytes});
    const std::optional<DiskRecord> record = read ? DecodeDiskRecord({bytes.get(), place.bytes}) : std::nullopt;
    if (!record.has_value()) {
      failures_.Increment();
      Forget(hash, place);
      return Blob();
    }
    if (record->key != key) return Blob();  // another one with the same hash
    if (record->expires <= clock_.NowMs()) {
      Forget(hash, place);
      return Blob();
    }
    if (is_old) Append(key, {bytes.get(), bytes.get() + place.bytes});
    return Blob(record->value, bytes);
  }

  // Whether a file is among those that will be dropped next.
  bool IsOld(uint64_t number) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (total_bytes_ < options_.bytes_max / 2) return false;
    const auto place = std::distance(files_.begin(), files_.find(number));
    return static_cast<size_t>(place) < files_.size() / 4;
  }

  void Forget(uint64_t hash, const Place& place) {
    MutexLock lock(mutex_);
    const auto found = places_.find(hash);
    if (found != places_.end() && found->second.file == place.file && found->second.offset == place.offset) places_.erase(found);
    items_.Set(static_cast<double>(places_.size()));
  }

  void Append(const std::string& key, const ByteBuffer& record) {
    MutexLock lock(mutex_);
    if (record.size() > options_.bytes_max / 2 || !MakeRoom(record.size())) return;
    if (!WriteFully(active_->descriptor.get(), active_bytes_, record)) {
      failures_.Increment();
      active_ = nullptr;  // what was written of the record ends the scan of this file, so it must be its end
      return;
    }
    places_[XxHash64(key)] = {active_number_, static_cast<uint32_t>(active_bytes_), static_cast<uint32_t>(record.size())};
    active_bytes_ += record.size();
    sizes_[active_number_] = active_bytes_;
    total_bytes_ += record.size();
    items_.Set(static_cast<double>(places_.size()));
    bytes_.Set(static_cast<double>(total_bytes_));
  }

  // An open file with room for so many bytes, and the oldest files gone that they need the place of.
  bool MakeRoom(uint64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (active_ == nullptr || active_bytes_ + bytes > std::max(file_bytes_max_, bytes)) {
      active_ = OpenFile(next_number_, O_RDWR | O_CREAT | O_EXCL);
      if (active_ == nullptr) return false;
      active_number_ = next_number_++;
      active_bytes_ = 0;
      files_[active_number_] = active_;
      sizes_[active_number_] = 0;
    }
    while (total_bytes_ + bytes > options_.bytes_max && files_.size() > 1) DropOldest();
    return true;
  }

  void DropOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto oldest = files_.begin();
    if (::unlink(oldest->second->path.c_str()) != 0) {
      failures_.Increment();
      logger_.Warn("a file of the cache on disk could not be removed", {{"path", oldest->second->path}});
    }
    const uint64_t number = oldest->first;
    total_bytes_ -= sizes_[number];
    sizes_.erase(number);
    files_.erase(oldest);
    const size_t before = places_.size();
    absl::erase_if(places_, [number](const auto& entry) { return entry.second.file == number; });
    dropped_.Increment(static_cast<double>(before - places_.size()));
  }

  const DiskCacheOptions options_;
  const uint64_t file_bytes_max_;
  const Logger logger_;
  Clock& clock_;
  Gauge& items_;
  Gauge& bytes_;
  Counter& added_;
  Counter& dropped_;
  Counter& failures_;
  std::unique_ptr<posix::FileDescriptor> lock_;

  Mutex mutex_;
  FileMap files_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, uint64_t> sizes_ ABSL_GUARDED_BY(mutex_);
  uint64_t total_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<uint64_t, Place> places_ ABSL_GUARDED_BY(mutex_);  // by the hash of the key
  std::shared_ptr<LogFile> active_ ABSL_GUARDED_BY(mutex_);
  uint64_t active_number_ ABSL_GUARDED_BY(mutex_) = 0, active_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  FileMap to_scan_;    // of the scan, once it runs
  std::jthread scan_;  // the last member: it ends first
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteCache>> OpenDiskCache(DiskCacheOptions options, const Logger& logger,
                                                         MetricsRegistry& registry, const std::string& metrics_prefix,
                                                         Clock& clock) {
  if (options.directory.empty()) return InvalidArgument("cache on disk: no directory is given");
  options.directory = std::filesystem::absolute(options.directory).lexically_normal().string();
  auto cache = std::make_unique<DiskCache>(std::move(options), logger, registry, metrics_prefix, clock);
  VARVE_RETURN_IF_ERROR(cache->Open());
  return cache;
}

}  // namespace varve
