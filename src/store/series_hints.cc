#include "store/series_hints.h"

#include <google/protobuf/any.pb.h>
#include <proto/thanos/hints.pb.h>

#include <algorithm>

namespace varve {
namespace {

struct Count {
  int64_t SeriesStats::*ours;
  int64_t (hintspb::QueryStats::*get)() const;
  void (hintspb::QueryStats::*set)(int64_t);
};

using Wire = hintspb::QueryStats;
constexpr Count kCounts[] = {
    {&SeriesStats::series, &Wire::merged_series_count, &Wire::set_merged_series_count},
    {&SeriesStats::chunks, &Wire::merged_chunks_count, &Wire::set_merged_chunks_count},
    {&SeriesStats::postings_touched, &Wire::postings_touched, &Wire::set_postings_touched},
    {&SeriesStats::postings_fetched, &Wire::postings_fetched, &Wire::set_postings_fetched},
    {&SeriesStats::postings_fetched_bytes, &Wire::postings_fetched_size_sum, &Wire::set_postings_fetched_size_sum},
    {&SeriesStats::postings_requests, &Wire::postings_fetch_count, &Wire::set_postings_fetch_count},
    {&SeriesStats::series_touched, &Wire::series_touched, &Wire::set_series_touched},
    {&SeriesStats::series_fetched, &Wire::series_fetched, &Wire::set_series_fetched},
    {&SeriesStats::series_fetched_bytes, &Wire::series_fetched_size_sum, &Wire::set_series_fetched_size_sum},
    {&SeriesStats::series_requests, &Wire::series_fetch_count, &Wire::set_series_fetch_count},
    {&SeriesStats::chunks_touched, &Wire::chunks_touched, &Wire::set_chunks_touched},
    {&SeriesStats::chunks_fetched, &Wire::chunks_fetched, &Wire::set_chunks_fetched},
    {&SeriesStats::chunks_fetched_bytes, &Wire::chunks_fetched_size_sum, &Wire::set_chunks_fetched_size_sum},
    {&SeriesStats::chunks_requests, &Wire::chunks_fetch_count, &Wire::set_chunks_fetch_count},
    {&SeriesStats::downloaded_bytes, &Wire::data_downloaded_size_sum, &Wire::set_data_downloaded_size_sum},
};

void ToProto(const BucketUsage::Totals& totals, hintspb::BucketUsage& proto) {
  proto.mutable_requests()->Add(totals.requests.begin(), totals.requests.end());
  proto.set_bytes_read(totals.bytes_read);
  proto.set_bytes_written(totals.bytes_written);
  proto.set_retries(totals.retries);
  proto.set_hedges(totals.hedges);
  proto.set_cache_hits(totals.cache_hits);
  proto.set_cache_misses(totals.cache_misses);
  proto.set_cache_bytes(totals.cache_bytes);
  proto.set_nanodollars(totals.nanodollars);
}

BucketUsage::Totals FromProto(const hintspb::BucketUsage& proto) {
  BucketUsage::Totals totals = {.bytes_read = proto.bytes_read(),
                                .bytes_written = proto.bytes_written(),
                                .retries = proto.retries(),
                                .hedges = proto.hedges(),
                                .cache_hits = proto.cache_hits(),
                                .cache_misses = proto.cache_misses(),
                                .cache_bytes = proto.cache_bytes(),
                                .nanodollars = proto.nanodollars()};
  const int kinds = std::min(proto.requests_size(), static_cast<int>(totals.requests.size()));
  std::copy_n(proto.requests().begin(), kinds, totals.requests.begin());
  return totals;
}

}  // namespace

std::string HintsToWire(const SeriesStats& stats) {
  hintspb::SeriesResponseHints hints;
  for (const Ulid& block : stats.blocks) hints.add_queried_blocks()->set_id(block.ToString());
  hintspb::QueryStats& proto = *hints.mutable_query_stats();
  proto.set_blocks_queried(static_cast<int64_t>(stats.blocks.size()));
  for (const Count& count : kCounts) (proto.*count.set)(stats.*count.ours);
  ToProto(stats.bucket, *hints.mutable_varve_bucket_usage());
  google::protobuf::Any any;
  any.PackFrom(hints);
  return any.SerializeAsString();
}

std::optional<SeriesStats> HintsFromWire(Bytes bytes) {
  google::protobuf::Any any;
  hintspb::SeriesResponseHints hints;
  if (!any.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !any.UnpackTo(&hints)) return std::nullopt;
  SeriesStats stats;
  for (const hintspb::Block& block : hints.queried_blocks()) {
    if (const auto id = Ulid::Parse(block.id()); id.ok()) stats.blocks.push_back(*id);
  }
  for (const Count& count : kCounts) stats.*count.ours = (hints.query_stats().*count.get)();
  stats.bucket = FromProto(hints.varve_bucket_usage());
  return stats;
}

}  // namespace varve
