#include "blocks/lazy_index_header.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/uploaded_index_header.h"
#include "runtime/memory_budget.h"

namespace varve {
namespace {

const MetricBuckets kLoadBuckets = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 30, 60, 90, 120, 300};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

IndexHeaderMetrics::IndexHeaderMetrics(MetricsRegistry& registry, const std::string& prefix)
    : download_duration(NewHistogram(registry, prefix + "indexheader_download_duration_seconds",
                                     "Duration of the index-header download from objstore in seconds.",
                                     {0.1, 0.2, 0.5, 1, 2, 5, 15, 30, 60, 90, 120, 300})),
      load_duration(NewHistogram(registry, prefix + "indexheader_load_duration_seconds",
                                 "Duration of the index-header loading in seconds.", kLoadBuckets)),
      lazy_loads(
          NewCounter(registry, prefix + "indexheader_lazy_load_total", "Total number of index-header lazy load operations.")),
      lazy_load_failures(NewCounter(registry, prefix + "indexheader_lazy_load_failed_total",
                                    "Total number of failed index-header lazy load operations.")),
      lazy_unloads(
          NewCounter(registry, prefix + "indexheader_lazy_unload_total", "Total number of index-header lazy unload operations.")),
      lazy_load_duration(NewHistogram(registry, prefix + "indexheader_lazy_load_duration_seconds",
                                      "Duration of the index-header lazy loading in seconds.", kLoadBuckets)) {}

absl::StatusOr<std::shared_ptr<const IndexHeader>> LazyIndexHeader::Get(const Context& ctx) {
  {
    MutexLock lock(mutex_);
    last_used_ = environment_.clock.NowMs();
    const auto idle = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return header_ != nullptr || !loading_; };
    if (ctx.deadline().has_value()) {
      loaded_.wait_until(lock, ctx.stop_token(), *ctx.deadline(), idle);
    } else {
      loaded_.wait(lock, ctx.stop_token(), idle);
    }
    if (header_ != nullptr) return header_;
    VARVE_RETURN_IF_ERROR(Annotate(ctx.Check(), "wait for the index-header of block {}", id_));
    loading_ = true;
  }
  absl::StatusOr<std::shared_ptr<const IndexHeader>> header = Load(ctx);
  {
    MutexLock lock(mutex_);
    loading_ = false;
    if (header.ok()) header_ = *header;
  }
  loaded_.notify_all();
  return header;
}

absl::StatusOr<std::shared_ptr<const IndexHeader>> LazyIndexHeader::Load(const Context& ctx) {
  const auto start = std::chrono::steady_clock::now();
  IndexHeaderMetrics& metrics = environment_.metrics;
  metrics.lazy_loads.Increment();
  absl::StatusOr<std::shared_ptr<const IndexHeader>> header = OpenFile();
  if (!header.ok()) {
    if (!absl::IsNotFound(header.status())) {
      environment_.logger.Warn("index-header on disk is not usable; building it anew",
                               {{"block", id_.ToString()}, {"err", header.status()}});
    }
    const auto began = std::chrono::steady_clock::now();
    header = MakeAndOpen(ctx);
    if (header.ok()) metrics.download_duration.Observe(SecondsSince(began));
  }
  if (header.ok()) {
    metrics.lazy_load_duration.Observe(SecondsSince(start));
    return header;
  }
  metrics.lazy_load_failures.Increment();
  return Annotate(header.status(), "load the index-header of block {}", id_);
}

absl::Status LazyIndexHeader::MakeFile(const Context& ctx) {
  if (FileExists(environment_.files, path())) return absl::OkStatus();
  VARVE_RETURN_IF_ERROR(Get(ctx).status());  // checks it too, and makes it once, whoever else asks
  ReleaseIdle(std::chrono::milliseconds(0));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const IndexHeader>> LazyIndexHeader::OpenFile() {
  const auto start = std::chrono::steady_clock::now();
  VARVE_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, environment_.files.Map(path()));
  VARVE_ASSIGN_OR_RETURN(std::shared_ptr<const IndexHeader> header, IndexHeader::Open(std::move(file)));
  environment_.metrics.load_duration.Observe(SecondsSince(start));
  return header;
}

absl::StatusOr<std::shared_ptr<const IndexHeader>> LazyIndexHeader::MakeAndOpen(const Context& ctx) {
  if (uploaded_bytes_ != 0) {
    const absl::Status made = WriteFile(FetchUploaded(ctx));
    absl::StatusOr<std::shared_ptr<const IndexHeader>> header = made.ok() ? OpenFile() : made;
    if (header.ok()) return header;
    VARVE_RETURN_IF_ERROR(ctx.Check());
    environment_.logger.Warn("uploaded index-header is not usable; building it from the index",
                             {{"block", id_.ToString()}, {"err", header.status()}});
  }
  absl::StatusOr<ByteBuffer> content = BuildIndexHeader(ctx, environment_.source, id_, index_bytes_);
  if (absl::IsDataLoss(content.status()) && index_bytes_ != 0) {  // meta.json may be wrong about the size
    content = BuildIndexHeader(ctx, environment_.source, id_);
  }
  VARVE_RETURN_IF_ERROR(WriteFile(content));
  return OpenFile();
}

absl::Status LazyIndexHeader::WriteFile(const absl::StatusOr<ByteBuffer>& content) {
  VARVE_RETURN_IF_ERROR(content.status());
  VARVE_RETURN_IF_ERROR(environment_.files.MakeDirectories(directory()));
  return environment_.files.WriteAtomically(path(), *content);
}

absl::StatusOr<ByteBuffer> LazyIndexHeader::FetchUploaded(const Context& ctx) {
  MemoryReservation reservation(environment_.source.memory);
  VARVE_RETURN_IF_ERROR(reservation.Grow(static_cast<int64_t>(uploaded_bytes_)));
  const std::string name = BlockObjectName(id_, kUploadedIndexHeaderName);
  VARVE_ASSIGN_OR_RETURN(const std::string packed, environment_.source.bucket.ReadAll(ctx, name));
  if (packed.size() != uploaded_bytes_)
    return DataLoss("{} has {} bytes, meta.json says {}", name, packed.size(), uploaded_bytes_);
  return UnpackIndexHeader(ctx, id_, index_bytes_, AsBytes(packed));
}

bool LazyIndexHeader::ReleaseIdle(std::chrono::milliseconds idle) {
  std::shared_ptr<const IndexHeader> released;  // unmapped without the lock
  MutexLock lock(mutex_);
  if (header_ == nullptr || environment_.clock.NowMs() - last_used_ < idle.count()) return false;
  released.swap(header_);
  environment_.metrics.lazy_unloads.Increment();
  return true;
}

bool LazyIndexHeader::is_loaded() const {
  MutexLock lock(mutex_);
  return header_ != nullptr;
}

absl::Status LazyIndexHeader::RemoveFile() { return environment_.files.RemoveTree(directory()); }

std::string LazyIndexHeader::path() const { return JoinPath(directory(), kIndexHeaderFileName); }

}  // namespace varve
