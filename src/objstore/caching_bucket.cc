#include "objstore/caching_bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/cached_ranges.h"
#include "objstore/cached_values.h"
#include "objstore/raw_chunks_mark.h"
#include "runtime/bucket_usage.h"

namespace varve {
namespace {

// <block>/chunks/000001
bool IsChunkSegment(std::string_view name) {
  const size_t slash = name.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == name.size() || !name.substr(0, slash).ends_with("/chunks")) return false;
  const std::string_view number = name.substr(slash + 1);
  return std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsMetafile(std::string_view name) { return name.ends_with("/meta.json") || name.ends_with("/deletion-mark.json"); }

class CachingBucketMetrics {
 public:
  struct Operation {
    Counter& requests;
    Counter& hits;
    void Count(bool hit) const {
      requests.Increment();
      if (hit) hits.Increment();
    }
  };
  explicit CachingBucketMetrics(MetricsRegistry& registry)
      : get_range(Make(registry, "getrange", "chunks")),
        attributes(Make(registry, "attributes", "chunks")),
        get(Make(registry, "get", "meta.jsons")),
        exists(Make(registry, "exists", "meta.jsons")),
        iter(Make(registry, "iter", "blocks-iter")),
        requested_bytes(NewCounter(registry, "thanos_store_bucket_cache_getrange_requested_bytes_total",
                                   "Total number of bytes requested via GetRange.", {{"config", "chunks"}})),
        fetched_bytes(NewCounter(registry, "thanos_store_bucket_cache_getrange_fetched_bytes_total",
                                 "Total number of bytes fetched because of GetRange operation. Data from bucket is then stored "
                                 "to cache.",
                                 {{"config", "chunks"}, {"origin", "bucket"}})),
        cached_bytes(NewCounter(registry, "thanos_store_bucket_cache_getrange_fetched_bytes_total", "",
                                {{"config", "chunks"}, {"origin", "cache"}})),
        refetched_bytes(NewCounter(registry, "thanos_store_bucket_cache_getrange_refetched_bytes_total",
                                   "Total number of bytes re-fetched from storage because of GetRange operation, despite being "
                                   "in cache already.",
                                   {{"config", "chunks"}, {"origin", "bucket"}})) {}

 private:
  static Operation Make(MetricsRegistry& registry, const std::string& operation, const std::string& config) {
    const MetricLabels labels = {{"config", config}, {"operation", operation}};
    return {NewCounter(registry, "thanos_store_bucket_cache_operation_requests_total",
                       "Number of requested operations matching given config.", labels),
            NewCounter(registry, "thanos_store_bucket_cache_operation_hits_total",
                       "Number of operations served from cache for given config.", labels)};
  }

 public:
  const Operation get_range, attributes, get, exists, iter;
  Counter& requested_bytes;
  Counter& fetched_bytes;
  Counter& cached_bytes;
  Counter& refetched_bytes;
};

class CachingBucket : public Bucket, public RawChunksUploader {
 public:
  CachingBucket(std::unique_ptr<Bucket> inner, std::unique_ptr<ByteCache> cache, CachingBucketOptions options, Executor& executor,
                MetricsRegistry& registry)
      : inner_(std::move(inner)),
        cache_(std::move(cache)),
        options_(options),
        executor_(executor),
        metrics_(registry),
        root_(fmt::format("{}:{}", inner_->provider(), inner_->name())) {}

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    const bool is_root = directory.empty() && options.start_after.empty();
    if (!is_root || options_.blocks_iter_ttl.count() <= 0) return inner_->Iter(ctx, directory, options, visit);
    const std::string key = fmt::format("iter{}:{}", options.recursive ? "-recursive" : "", root_);
    std::optional<std::vector<ObjectEntry>> entries = DecodeListing(cache_->GetOne(ctx, key).bytes());
    metrics_.iter.Count(entries.has_value());
    if (!entries.has_value()) {
      entries.emplace();
      VARVE_RETURN_IF_ERROR(inner_->Iter(ctx, directory, options, [&entries](const ObjectEntry& entry) {
        entries->push_back(entry);
        return absl::OkStatus();
      }));
      cache_->Put(key, EncodeListing(*entries), options_.blocks_iter_ttl);
    }
    for (const ObjectEntry& entry : *entries) VARVE_RETURN_IF_ERROR(visit(entry));
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override {
    if (!IsChunkSegment(name) || out.empty()) return inner_->ReadAt(ctx, name, offset, out);
    return ReadPieces(ctx, std::string(name), offset, out);
  }
  absl::StatusOr<std::shared_ptr<const MappedFile>> Map(const Context& ctx, std::string_view name) override {
    return inner_->Map(ctx, name);
  }

  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    if (!IsMetafile(name)) return inner_->ReadAll(ctx, name);
    const std::string keys[] = {Key("content", name), Key("exists", name)};
    const std::vector<Blob> found = cache_->Get(ctx, keys);
    const bool is_content = found[0].text().starts_with(kThere);
    const bool is_absent = !is_content && found[1].text() == std::string_view(&kAbsent, 1);
    metrics_.get.Count(is_content || is_absent);
    if (is_content) return std::string(found[0].text().substr(1));
    if (is_absent) return NotFound("{}: it was not there when last asked for", name);
    absl::StatusOr<std::string> content = inner_->ReadAll(ctx, name);
    if (content.ok()) KeepContent(name, *content);
    if (absl::IsNotFound(content.status())) KeepExists(name, false);
    return content;
  }

  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    if (!IsChunkSegment(name)) return inner_->Attributes(ctx, name);
    const std::string key = Key("attrs", name);
    const std::optional<ObjectAttributes> known = DecodeAttributes(cache_->GetOne(ctx, key).bytes());
    metrics_.attributes.Count(known.has_value());
    if (known.has_value()) return *known;
    VARVE_ASSIGN_OR_RETURN(const ObjectAttributes attributes, inner_->Attributes(ctx, name));
    cache_->Put(key, EncodeAttributes(attributes), options_.chunk_attributes_ttl);
    return attributes;
  }

  absl::StatusOr<bool> Exists(const Context& ctx, std::string_view name) override {
    if (!IsMetafile(name)) return inner_->Exists(ctx, name);
    const Blob known = cache_->GetOne(ctx, Key("exists", name));
    const bool hit = known.text() == std::string_view(&kThere, 1) || known.text() == std::string_view(&kAbsent, 1);
    metrics_.exists.Count(hit);
    if (hit) return known.text()[0] == kThere;
    VARVE_ASSIGN_OR_RETURN(const bool exists, inner_->Exists(ctx, name));
    KeepExists(name, exists);
    return exists;
  }

  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override {
    const absl::Status status = inner_->Upload(ctx, name, content);
    ForgetMetafile(name);  // a failed one may have happened
    return status;
  }
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override {
    const absl::Status status = inner_->UploadFile(ctx, name, path);
    ForgetMetafile(name);
    return status;
  }
  absl::Status UploadRawChunks(const Context& ctx, std::string_view name, const std::string& path) override {
    return varve::UploadRawChunks(ctx, *inner_, name, path);
  }
  absl::Status UploadIfAbsent(const Context& ctx, std::string_view name, Bytes content) override {
    const absl::Status status = inner_->UploadIfAbsent(ctx, name, content);
    ForgetMetafile(name);
    return status;
  }
  absl::Status Delete(const Context& ctx, std::string_view name) override {
    const absl::Status status = inner_->Delete(ctx, name);
    ForgetMetafile(name);
    return status;
  }
  absl::Status DeleteAll(const Context& ctx, const std::vector<std::string>& names) override {
    const absl::Status status = inner_->DeleteAll(ctx, names);
    for (const std::string& name : names) ForgetMetafile(name);
    return status;
  }
  void Distrust(const Context& ctx, std::string_view name, uint64_t offset, uint64_t size) override {
    const uint64_t end = offset + size;
    for (uint64_t piece = offset / options_.chunk_subrange_bytes; piece * options_.chunk_subrange_bytes < end; ++piece) {
      cache_->Put(PieceKey(std::string(name), piece), Blob(), options_.chunk_subrange_ttl);
    }
    inner_->Distrust(ctx, name, offset, size);
  }
  bool tells_sizes() const override { return inner_->tells_sizes(); }
  std::string_view name() const override { return inner_->name(); }
  std::string_view provider() const override { return inner_->provider(); }

 private:
  static void CountUsage(const Context& ctx, const std::vector<Blob>& found) {
    if (ctx.usage() == nullptr) return;
    uint64_t hits = 0, bytes = 0;
    for (const Blob& blob : found) {
      hits += blob.empty() ? 0 : 1;
      bytes += blob.size();
    }
    ctx.usage()->AddCacheHits(hits, bytes);
    ctx.usage()->AddCacheMisses(found.size() - hits);
  }
  std::string Key(std::string_view verb, std::string_view name) const { return fmt::format("{}:{}", verb, name); }
  std::string PieceKey(const std::string& name, uint64_t piece) const {
    const uint64_t bytes = options_.chunk_subrange_bytes;
    return fmt::format("subrange:{}:{}:{}", name, piece * bytes, (piece + 1) * bytes);
  }
  void KeepExists(std::string_view name, bool exists) {
    cache_->Put(Key("exists", name), Blob::Copy(std::string_view(exists ? &kThere : &kAbsent, 1)),
                exists ? options_.metafile_exists_ttl : options_.metafile_doesnt_exist_ttl);
  }
  void KeepContent(std::string_view name, std::string_view content) {
    KeepExists(name, true);
    if (content.size() > options_.metafile_bytes_max) return;
    cache_->Put(Key("content", name), Blob::Copy(std::string(1, kThere).append(content)), options_.metafile_content_ttl);
  }
  void ForgetMetafile(std::string_view name) {
    if (!IsMetafile(name)) return;
    for (const char* verb : {"exists", "content"}) cache_->Put(Key(verb, name), Blob(), options_.metafile_content_ttl);
  }

  // Pieces of a segment in a row; all but the last of the object have full size.
  struct Pieces {
    uint64_t first;
    std::vector<Blob> blobs;
  };

  absl::StatusOr<size_t> ReadPieces(const Context& ctx, const std::string& name, uint64_t offset, std::span<std::byte> out) {
    const uint64_t piece_bytes = options_.chunk_subrange_bytes;
    Pieces pieces = {.first = offset / piece_bytes, .blobs = {}};
    const uint64_t end = (offset + out.size() + piece_bytes - 1) / piece_bytes;
    std::vector<std::string> keys;
    for (uint64_t piece = pieces.first; piece < end; ++piece) keys.push_back(PieceKey(name, piece));
    pieces.blobs = cache_->Get(ctx, keys);
    std::vector<bool> is_there;
    uint64_t cached_bytes = 0;
    for (Blob& blob : pieces.blobs) {
      if (blob.size() > piece_bytes) blob = Blob();
      is_there.push_back(!blob.empty());
      cached_bytes += blob.size();
    }
    CountUsage(ctx, pieces.blobs);
    metrics_.get_range.Count(std::find(is_there.begin(), is_there.end(), false) == is_there.end());
    metrics_.requested_bytes.Increment(static_cast<double>(out.size()));
    metrics_.cached_bytes.Increment(static_cast<double>(cached_bytes));
    VARVE_RETURN_IF_ERROR(Fill(ctx, name, keys, is_there, pieces));
    return CopyOut(pieces, offset, out);
  }

  absl::Status Fill(const Context& ctx, const std::string& name, const std::vector<std::string>& keys,
                    const std::vector<bool>& is_there, Pieces& pieces) {
    const std::vector<PieceRun> runs = PlanMissingPieces(is_there, options_.chunk_requests_max);
    TaskGroup group(ctx, executor_);
    for (const PieceRun& run : runs) {
      group.Run([&, run](const Context& task_ctx) { return ReadRun(task_ctx, name, keys, is_there, run, pieces); });
    }
    return runs.empty() ? absl::OkStatus() : group.Wait();
  }

  absl::Status ReadRun(const Context& ctx, const std::string& name, const std::vector<std::string>& keys,
                       const std::vector<bool>& is_there, const PieceRun& run, Pieces& pieces) {
    const uint64_t piece_bytes = options_.chunk_subrange_bytes;
    const size_t size = (run.last - run.first) * piece_bytes;
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(size);
    VARVE_ASSIGN_OR_RETURN(const size_t got,
                           inner_->ReadAt(ctx, name, (pieces.first + run.first) * piece_bytes, {buffer.get(), size}));
    metrics_.fetched_bytes.Increment(static_cast<double>(got));
    for (size_t i = run.first; i < run.last; ++i) {
      const size_t begin = std::min((i - run.first) * piece_bytes, got);
      const Bytes piece(buffer.get() + begin, std::min<size_t>(piece_bytes, got - begin));
      if (is_there[i]) {
        metrics_.refetched_bytes.Increment(static_cast<double>(piece.size()));
        continue;
      }
      pieces.blobs[i] = Blob::Copy(piece);
      if (piece.size() == piece_bytes || IsEndOfObject(ctx, name, (pieces.first + i) * piece_bytes + piece.size())) {
        cache_->Put(keys[i], pieces.blobs[i], options_.chunk_subrange_ttl);
      }
    }
    return absl::OkStatus();
  }

  // A short piece is only kept when nothing else than the object's end made it short.
  bool IsEndOfObject(const Context& ctx, const std::string& name, uint64_t end) {
    if (inner_->tells_sizes()) return true;
    const absl::StatusOr<ObjectAttributes> attributes = Attributes(ctx, name);
    return attributes.ok() && attributes->size == end;
  }

  // Up to the first piece that is not full: there the object ends.
  size_t CopyOut(const Pieces& pieces, uint64_t offset, std::span<std::byte> out) const {
    const uint64_t piece_bytes = options_.chunk_subrange_bytes;
    size_t done = 0;
    for (size_t i = 0; i < pieces.blobs.size() && done < out.size(); ++i) {
      const Bytes piece = pieces.blobs[i].bytes();
      const size_t skip = i == 0 ? offset - pieces.first * piece_bytes : 0;
      if (piece.size() > skip) {
        const size_t count = std::min(piece.size() - skip, out.size() - done);
        std::memcpy(out.data() + done, piece.data() + skip, count);
        done += count;
      }
      if (piece.size() < piece_bytes) break;
    }
    return done;
  }

  const std::unique_ptr<Bucket> inner_;
  const std::unique_ptr<ByteCache> cache_;
  const CachingBucketOptions options_;
  Executor& executor_;
  const CachingBucketMetrics metrics_;
  const std::string root_;
};

}  // namespace

std::unique_ptr<Bucket> NewCachingBucket(std::unique_ptr<Bucket> inner, std::unique_ptr<ByteCache> cache,
                                         CachingBucketOptions options, Executor& executor, MetricsRegistry& registry) {
  return std::make_unique<CachingBucket>(std::move(inner), std::move(cache), options, executor, registry);
}

}  // namespace varve
