// The StoreAPI as a C++ interface: every store implements it, gRPC serves it, and the fan-out asks it, whether the store is a
// bucket in this process or an endpoint on another continent.
//
// Shape    Series answers chunks in label order. Labels are complete: external labels are in, without_replica_labels are out,
//          and the order is that of what remains. Chunks may reach beyond the requested range; those wholly outside are left out.
// Errors   InvalidArgument for matchers a store cannot use, ResourceExhausted for limits, Aborted when partial answers are
//          refused and a part is missing. What was left out of a partial answer is in the set's warnings().
// Threads  a store is shared by all callers. A set belongs to one thread and may not outlive its store.
// Source   thanos pkg/store/storepb; the wire form is proto/thanos/store.proto, the differences are in docs/formats/store_api.md.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "base/ulid.h"
#include "chunkenc/chunk.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "runtime/bucket_usage.h"
#include "runtime/context.h"
#include "storage/chunk_series.h"
#include "storage/series_source.h"

namespace varve {

enum class PartialResponse : uint8_t { kWarn = 0, kAbort = 1 };  // the numbers are those of storepb.PartialResponseStrategy

// One of `total` parts of all series, cut by a hash over (by ? `labels` : all labels but `labels`).
struct ShardInfo {
  int64_t index = 0;
  int64_t total = 0;  // 0: not sharded
  bool by = false;
  std::vector<std::string> labels;

  bool Contains(const Labels& series) const;  // always true when not sharded
};

// What a Series call cost, as far as the store knows. Sizes are bytes.
struct SeriesStats {
  std::vector<Ulid> blocks;  // asked
  int64_t series = 0, chunks = 0, samples = 0;
  int64_t postings_touched = 0, postings_fetched = 0, postings_fetched_bytes = 0, postings_requests = 0;
  int64_t series_touched = 0, series_fetched = 0, series_fetched_bytes = 0, series_requests = 0;
  int64_t chunks_touched = 0, chunks_fetched = 0, chunks_fetched_bytes = 0, chunks_requests = 0;
  int64_t downloaded_bytes = 0;
  BucketUsage::Totals bucket;  // what object storage was asked for
};

// Hears what happened behind one Series call. The fan-out reports every endpoint it asked, a store gateway its blocks.
class SeriesObserver {
 public:
  struct Endpoint {
    std::string address;
    int64_t duration_ms = 0;
    int64_t bytes = 0, frames = 0, series = 0, chunks = 0, samples = 0;
    absl::Status status;  // not OK: the answer lacks this endpoint, or the rest of it
  };
  virtual ~SeriesObserver() = default;
  virtual void OnEndpoint(const Endpoint& endpoint) {}  // from any thread, once per endpoint asked
  virtual void OnStats(const SeriesStats& stats) {}     // from any thread, once per store that counts
};

struct SeriesRequest {
  QueryRange range;
  Matchers matchers;
  int64_t max_resolution_ms = 0;  // the coarsest downsampling that is as good as raw data; 0: only those are
  // The coarsest to answer with where there is nothing finer. Varve's own: other stores leave such times out.
  int64_t fallback_resolution_ms = 0;
  std::vector<Aggregate> aggregates;  // wanted of downsampled chunks
  PartialResponse partial_response = PartialResponse::kWarn;
  bool skip_chunks = false;
  std::vector<std::string> without_replica_labels;
  ShardInfo shard;
  uint64_t limit = 0;       // of series; 0: none
  uint32_t batch_size = 0;  // series a frame on the wire; 0 and 1: no batches
  SelectHints hints;        // a store may ignore them
  Matchers block_matchers;  // store gateways only: on external labels and __block_id

  // For the fan-out alone, never sent: selectors on __address__, one of which an endpoint must satisfy; none: all endpoints.
  std::vector<Matchers> endpoint_matchers;
  std::string tenant;                  // sent as the gRPC metadata key thanos-tenant
  SeriesObserver* observer = nullptr;  // may be null; outlives the set
};

struct StoreLabelsRequest {
  QueryRange range;
  Matchers matchers;
  PartialResponse partial_response = PartialResponse::kWarn;
  std::vector<std::string> without_replica_labels;
  uint64_t limit = 0;  // 0: none
  Matchers block_matchers;
  std::vector<Matchers> endpoint_matchers;  // as above
  std::string tenant;
};

// One TSDB, or the blocks of one set of external labels, behind a store.
struct TsdbInfo {
  Labels labels;
  QueryRange range;
  friend bool operator==(const TsdbInfo&, const TsdbInfo&) = default;
};

// How a store introduces itself.
struct StoreInfo {
  std::string component;           // sidecar, store, rule, receive, query
  std::vector<Labels> label_sets;  // external labels; none: may hold anything
  QueryRange range;
  std::vector<TsdbInfo> tsdbs;
  bool supports_sharding = true;
  bool supports_without_replica_labels = true;
  friend bool operator==(const StoreInfo&, const StoreInfo&) = default;
};

class StoreApi {
 public:
  virtual ~StoreApi() = default;
  virtual absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Series(const Context& ctx, const SeriesRequest& request) = 0;
  virtual absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const StoreLabelsRequest& request) = 0;
  // InvalidArgument for an empty label.
  virtual absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label,
                                                   const StoreLabelsRequest& request) = 0;
  // What is known now, without asking anybody; never null.
  virtual std::shared_ptr<const StoreInfo> Info() const = 0;
};

// A limit of the caller's own process (its memory budget) ends a query: it is never just a warning about an endpoint.
absl::Status AsOwnLimit(absl::Status status);
bool IsOwnLimit(const absl::Status& status);

// False if no series with one of these external label sets can satisfy the matchers: each set has a label that a matcher
// rejects. No label sets: anything is possible.
bool LabelSetsMayMatch(const std::vector<Labels>& label_sets, const Matchers& matchers);

// The matchers that remain to be tested on series that all carry `external`: those on its labels are dropped when they accept
// it. Nothing if one of them rejects it.
std::optional<Matchers> MatchersWithout(const Labels& external, const Matchers& matchers);

// `series` with `external` put in (they win over equal names) and the labels `without` taken out.
Labels WithExternalLabels(const Labels& series, const Labels& external, const std::vector<std::string>& without);

}  // namespace varve
