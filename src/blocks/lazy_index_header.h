// The handle on a block's index-header that costs nothing until a query needs it: no file is opened, nothing is mapped.
//
//   VARVE_ASSIGN_OR_RETURN(const std::shared_ptr<const IndexHeader> header, lazy.Get(ctx));
//
// Shape    Get maps the local file. When it is absent or damaged it is made first: of the header uploaded beside the block, if there is
//          a good one, else of the index in the bucket. ReleaseIdle lets it go
//          again; who still holds the header keeps it.
// Errors   those of the bucket and of the disk; the next Get tries again.
// Threads  share freely. Of several first users one does the work and the others wait, each as long as its context lasts.
// Source   thanos pkg/block/indexheader/lazy_binary_reader.go.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/ulid.h"
#include "blocks/index_header.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

// Shared by all handles of a store; the prefix is thanos_bucket_store_ there.
struct IndexHeaderMetrics {
  IndexHeaderMetrics(MetricsRegistry& registry, const std::string& prefix);
  HistogramMetric& download_duration;
  HistogramMetric& load_duration;
  Counter& lazy_loads;
  Counter& lazy_load_failures;
  Counter& lazy_unloads;
  HistogramMetric& lazy_load_duration;
};

// What the handles of one store share; all of it outlives them.
struct IndexHeaderEnvironment {
  FetchSource source;
  Files& files;
  Clock& clock;
  const Logger& logger;
  IndexHeaderMetrics& metrics;
  std::string directory;  // of the store; the file is <directory>/<ULID>/index-header
};

class LazyIndexHeader {
 public:
  // `index_bytes` as of BuildIndexHeader, `uploaded_bytes` as of UploadedIndexHeaderBytes.
  LazyIndexHeader(const IndexHeaderEnvironment& environment, Ulid id, uint64_t index_bytes, uint64_t uploaded_bytes = 0)
      : environment_(environment), id_(id), index_bytes_(index_bytes), uploaded_bytes_(uploaded_bytes) {}

  absl::StatusOr<std::shared_ptr<const IndexHeader>> Get(const Context& ctx);
  // Makes the local file if there is none, and maps nothing.
  absl::Status MakeFile(const Context& ctx);
  // Unmaps the header if the last Get is at least `idle` ago; true if it did.
  bool ReleaseIdle(std::chrono::milliseconds idle);
  bool is_loaded() const;
  // Removes the local file, for a block that is gone.
  absl::Status RemoveFile();

 private:
  absl::StatusOr<std::shared_ptr<const IndexHeader>> Load(const Context& ctx);
  absl::StatusOr<std::shared_ptr<const IndexHeader>> OpenFile();
  // Makes the local file anew, of what there is in the bucket.
  absl::StatusOr<std::shared_ptr<const IndexHeader>> MakeAndOpen(const Context& ctx);
  absl::Status WriteFile(const absl::StatusOr<ByteBuffer>& content);
  // The one that was uploaded beside the block, unpacked and checked.
  absl::StatusOr<ByteBuffer> FetchUploaded(const Context& ctx);
  std::string directory() const { return JoinPath(environment_.directory, id_.ToString()); }
  std::string path() const;

  const IndexHeaderEnvironment& environment_;
  const Ulid id_;
  const uint64_t index_bytes_;
  const uint64_t uploaded_bytes_;  // 0: none was uploaded

  mutable Mutex mutex_;
  CondVar loaded_;
  bool loading_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const IndexHeader> header_ ABSL_GUARDED_BY(mutex_);
  TimestampMs last_used_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace varve
