#include "blocks/bucket_block.h"

#include <algorithm>
#include <set>

#include "base/status_macros.h"
#include "blocks/bucket_series_set.h"
#include "blocks/uploaded_index_header.h"

namespace varve {
namespace {

uint64_t IndexBytesOf(const BlockMeta& meta) {
  if (!meta.thanos.has_value()) return 0;
  for (const BlockFile& file : meta.thanos->files) {
    if (file.rel_path == kIndexFileName && file.size_bytes > 0) return static_cast<uint64_t>(file.size_bytes);
  }
  return 0;
}

// Whatever the values are, a sample of an XOR chunk takes at most 9 bytes for its time and 11 for its value.
constexpr uint64_t kFloatSampleBytesMax = 20;
constexpr uint64_t kChunkFrameBytes = 32;

BucketBlockLimits LowerBy(BucketBlockLimits limits, const ReadCost& cost, const BlockMeta& meta) {
  limits.window_bytes = std::min(limits.window_bytes, cost.window_bytes);
  limits.series_batch = std::min(limits.series_batch, cost.series_batch);
  const bool downsampled = meta.thanos.has_value() && meta.thanos->resolution_ms > 0;  // a chunk holds five
  if (meta.stats.chunks > 0 && meta.stats.histogram_samples == 0 && !downsampled) {
    const uint64_t samples_per_chunk = (meta.stats.samples + meta.stats.chunks - 1) / meta.stats.chunks;
    limits.chunk_bytes = std::min(limits.chunk_bytes, kChunkFrameBytes + samples_per_chunk * kFloatSampleBytesMax);
  }
  if (!meta.thanos.has_value()) return limits;
  const BlockIndexStats& stats = meta.thanos->index_stats;
  if (stats.series_max_bytes > 0)
    limits.series_bytes = std::min(limits.series_bytes, static_cast<uint64_t>(stats.series_max_bytes));
  if (stats.chunk_max_bytes > 0) limits.chunk_bytes = std::min(limits.chunk_bytes, static_cast<uint64_t>(stats.chunk_max_bytes));
  return limits;
}

}  // namespace

BucketBlock::BucketBlock(const IndexHeaderEnvironment& environment, std::shared_ptr<const BlockMeta> meta,
                         BucketBlockLimits limits)
    : environment_(environment),
      meta_(std::move(meta)),
      limits_(LowerBy(limits, environment.source.cost, *meta_)),
      header_(environment, meta_->id, IndexBytesOf(*meta_), UploadedIndexHeaderBytes(*meta_)),
      tombstones_(environment.source.bucket, *meta_) {}

absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> BucketBlock::Read(const Context& ctx, std::shared_ptr<const IndexHeader> header,
                                                                  SelectedPostings selected, BucketSelect request,
                                                                  FetchStats* stats) const {
  VARVE_ASSIGN_OR_RETURN(std::shared_ptr<const Tombstones> tombstones, tombstones_.Get(ctx));
  request.matchers = std::move(selected.left);
  return std::make_unique<BucketSeriesSet>(ctx, environment_.source, id(), limits_, std::move(header), std::move(tombstones),
                                           std::move(selected.refs), std::move(request), stats);
}

absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> BucketBlock::Select(const Context& ctx, BucketSelect request,
                                                                    FetchStats* stats) const {
  VARVE_ASSIGN_OR_RETURN(std::shared_ptr<const IndexHeader> header, header_.Get(ctx));
  VARVE_ASSIGN_OR_RETURN(SelectedPostings selected,
                         FetchPostings(ctx, environment_.source, id(), *header, request.matchers, limits_.lazy_postings, stats));
  return Read(ctx, std::move(header), std::move(selected), std::move(request), stats);
}

absl::StatusOr<std::vector<std::string>> BucketBlock::LabelNames(const Context& ctx, QueryRange range, const Matchers& matchers,
                                                                 FetchStats* stats) const {
  if (matchers.empty()) {
    VARVE_ASSIGN_OR_RETURN(const std::shared_ptr<const IndexHeader> header, header_.Get(ctx));
    const std::vector<std::string_view> names = header->postings().LabelNames();
    return std::vector<std::string>(names.begin(), names.end());
  }
  VARVE_ASSIGN_OR_RETURN(const auto series, Select(ctx, {.range = range, .matchers = matchers, .labels_only = true}, stats));
  std::set<std::string, std::less<>> names;
  while (series->Next()) {
    for (const LabelView& label : series->At().labels) {
      if (!names.contains(label.name)) names.emplace(label.name);
    }
  }
  VARVE_RETURN_IF_ERROR(series->status());
  return std::vector<std::string>(names.begin(), names.end());
}

absl::StatusOr<std::vector<std::string>> BucketBlock::LabelValues(const Context& ctx, std::string_view name, QueryRange range,
                                                                  const Matchers& matchers, FetchStats* stats) const {
  VARVE_ASSIGN_OR_RETURN(std::shared_ptr<const IndexHeader> header, header_.Get(ctx));
  std::vector<std::string> all;
  uint64_t list_bytes = 0;
  header->postings().ForEachValue(name, "", [&](const PostingsOffsetTable::Entry& entry) {
    if (matchers.empty()) all.emplace_back(entry.value);
    list_bytes += entry.postings.end - entry.postings.begin;
    return true;
  });
  if (matchers.empty() || list_bytes == 0) return all;
  VARVE_ASSIGN_OR_RETURN(SelectedPostings selected,
                         FetchPostings(ctx, environment_.source, id(), *header, matchers, {.enabled = false}, stats));
  if (selected.refs.empty()) return all;
  const double series_bytes = SeriesEntryBytes(*header) * static_cast<double>(selected.refs.size());
  if (list_bytes <= limits_.window_bytes && static_cast<double>(list_bytes) <= series_bytes) {
    return FetchLabelValues(ctx, environment_.source, id(), *header, name, selected.refs, stats);
  }
  std::set<std::string, std::less<>> values;
  VARVE_ASSIGN_OR_RETURN(const auto series,
                         Read(ctx, std::move(header), std::move(selected), {.range = range, .labels_only = true}, stats));
  while (series->Next()) {
    const std::string_view value = series->At().labels.Get(name);
    if (!value.empty() && !values.contains(value)) values.emplace(value);
  }
  VARVE_RETURN_IF_ERROR(series->status());
  return std::vector<std::string>(values.begin(), values.end());
}

}  // namespace varve
