#include "objstore/metered_bucket.h"

#include <chrono>
#include <filesystem>

#include "objstore/raw_chunks_mark.h"

namespace varve {
namespace {

// The metrics of one operation. Those that upstream does not have for it are null.
struct OperationMetrics {
  Counter* attempts;
  Counter* failures;
  HistogramMetric* duration;
  Counter* fetched_bytes = nullptr;
  HistogramMetric* transferred_bytes = nullptr;
};

MetricBuckets TransferredBytesBuckets() {  // 32 KiB to 1 GiB
  MetricBuckets buckets;
  for (int power = 15; power <= 30; ++power) buckets.push_back(static_cast<double>(uint64_t{1} << power));
  return buckets;
}

class BucketMetrics {
 public:
  BucketMetrics(MetricsRegistry& registry, const std::string& prefix, std::string bucket)
      : bucket_(std::move(bucket)),
        attempts_(NewCounterFamily(registry, prefix + "objstore_bucket_operations_total",
                                   "Total number of all attempted operations against a bucket.")),
        failures_(NewCounterFamily(registry, prefix + "objstore_bucket_operation_failures_total",
                                   "Total number of operations against a bucket that failed, absent objects and callers that "
                                   "left aside.")),
        duration_(NewHistogramFamily(registry, prefix + "objstore_bucket_operation_duration_seconds",
                                     "Duration of successful operations against the bucket per operation; of iter with the "
                                     "time its visitor takes.")),
        fetched_bytes_(NewCounterFamily(registry, prefix + "objstore_bucket_operation_fetched_bytes_total",
                                        "Total number of bytes fetched from bucket, per operation.")),
        transferred_bytes_(NewHistogramFamily(registry, prefix + "objstore_bucket_operation_transferred_bytes",
                                              "Number of bytes transferred from/to bucket per operation.")),
        last_upload(NewGauge(registry, prefix + "objstore_bucket_last_successful_upload_time",
                             "Second timestamp of the last successful upload to the bucket.", {{"bucket", bucket_}})),
        iter(Make("iter", false)),
        get(Make("get", true)),
        get_range(Make("get_range", true)),
        exists(Make("exists", false)),
        upload(Make("upload", true)),
        remove(Make("delete", false)),
        attributes(Make("attributes", false)) {}

 private:
  OperationMetrics Make(const std::string& operation, bool moves_bytes) {
    static const MetricBuckets kDurations = {0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120};
    const MetricLabels labels = {{"bucket", bucket_}, {"operation", operation}};
    OperationMetrics metrics{
        .attempts = &attempts_.Add(labels), .failures = &failures_.Add(labels), .duration = &duration_.Add(labels, kDurations)};
    if (moves_bytes) {
      metrics.fetched_bytes = &fetched_bytes_.Add(labels);
      metrics.transferred_bytes = &transferred_bytes_.Add(labels, TransferredBytesBuckets());
    }
    return metrics;
  }

  const std::string bucket_;
  CounterFamily& attempts_;
  CounterFamily& failures_;
  HistogramFamily& duration_;
  CounterFamily& fetched_bytes_;
  HistogramFamily& transferred_bytes_;

 public:
  Gauge& last_upload;
  const OperationMetrics iter, get, get_range, exists, upload, remove, attributes;
};

const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Runs `call` on the account of one operation.
template <typename Call>
auto Measure(const Context& ctx, const OperationMetrics& metrics, Call call) {
  metrics.attempts->Increment();
  const auto start = std::chrono::steady_clock::now();
  auto result = call();
  const absl::Status& status = StatusOf(result);
  if (status.ok()) {
    metrics.duration->Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  } else if (!absl::IsNotFound(status) && !absl::IsAlreadyExists(status) && !absl::IsCancelled(status) && !ctx.stopped()) {
    metrics.failures->Increment();
  }
  return result;
}

class MeteredBucket : public Bucket, public RawChunksUploader {
 public:
  MeteredBucket(std::unique_ptr<Bucket> inner, MetricsRegistry& registry, const std::string& prefix, Clock& clock)
      : inner_(std::move(inner)), clock_(clock), metrics_(registry, prefix, std::string(inner_->name())) {}

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    return Measure(ctx, metrics_.iter, [&] { return inner_->Iter(ctx, directory, options, visit); });
  }
  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override {
    auto got = Measure(ctx, metrics_.get_range, [&] { return inner_->ReadAt(ctx, name, offset, out); });
    if (got.ok()) CountFetched(metrics_.get_range, *got);
    return got;
  }
  // One operation, whatever is read; how much that is stays unknown here. None where the provider has nothing to map.
  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const Context& ctx, std::string_view name) override {
    absl::StatusOr<std::shared_ptr<const MappedFile>> mapped = inner_->Map(ctx, name);
    if (mapped.ok() && *mapped == nullptr) return mapped;
    return Measure(ctx, metrics_.get_range, [&mapped] { return std::move(mapped); });
  }
  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    auto got = Measure(ctx, metrics_.get, [&] { return inner_->ReadAll(ctx, name); });
    if (got.ok()) CountFetched(metrics_.get, got->size());
    return got;
  }
  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    return Measure(ctx, metrics_.attributes, [&] { return inner_->Attributes(ctx, name); });
  }
  absl::StatusOr<bool> Exists(const Context& ctx, std::string_view name) override {
    return Measure(ctx, metrics_.exists, [&] { return inner_->Exists(ctx, name); });
  }
  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override {
    const absl::Status status = Measure(ctx, metrics_.upload, [&] { return inner_->Upload(ctx, name, content); });
    if (status.ok()) CountUploaded(static_cast<double>(content.size()));
    return status;
  }
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override {
    return MeasureFile(ctx, path, [&] { return inner_->UploadFile(ctx, name, path); });
  }
  absl::Status UploadRawChunks(const Context& ctx, std::string_view name, const std::string& path) override {
    return MeasureFile(ctx, path, [&] { return varve::UploadRawChunks(ctx, *inner_, name, path); });
  }
  absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) override {
    const absl::Status status = Measure(ctx, metrics_.upload, [&] { return inner_->UploadIfAbsent(ctx, name, content); });
    if (status.ok()) CountUploaded(static_cast<double>(content.size()));
    return status;
  }
  absl::Status DeleteAll(const Context& ctx, const std::vector<std::string>& names) override {
    return Measure(ctx, metrics_.remove, [&] { return inner_->DeleteAll(ctx, names); });
  }
  absl::Status Delete(const Context& ctx, std::string_view name) override {
    return Measure(ctx, metrics_.remove, [&] { return inner_->Delete(ctx, name); });
  }
  bool tells_sizes() const override { return inner_->tells_sizes(); }
  std::string_view name() const override { return inner_->name(); }
  std::string_view provider() const override { return inner_->provider(); }

 private:
  template <typename Call>
  absl::Status MeasureFile(const Context& ctx, const std::string& path, const Call& upload) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    const absl::Status status = Measure(ctx, metrics_.upload, upload);
    if (status.ok()) CountUploaded(error ? 0 : static_cast<double>(size));
    return status;
  }
  static void CountFetched(const OperationMetrics& metrics, size_t bytes) {
    metrics.fetched_bytes->Increment(static_cast<double>(bytes));
    metrics.transferred_bytes->Observe(static_cast<double>(bytes));
  }
  void CountUploaded(double bytes) {
    metrics_.upload.transferred_bytes->Observe(bytes);
    metrics_.last_upload.Set(static_cast<double>(clock_.NowMs()) / 1000);
  }

  const std::unique_ptr<Bucket> inner_;
  Clock& clock_;
  BucketMetrics metrics_;
};

}  // namespace

std::unique_ptr<Bucket> NewMeteredBucket(std::unique_ptr<Bucket> inner, MetricsRegistry& registry, const std::string& prefix,
                                         Clock& clock) {
  return std::make_unique<MeteredBucket>(std::move(inner), registry, prefix, clock);
}

}  // namespace varve
